"""Says what happens now and why it takes time."""

from __future__ import annotations

import logging
from typing import Any

from zdt_core import messages

logger = logging.getLogger("zdt.schema")


def tell(code: str, **params: Any) -> None:
    """Say in the log, and so to who runs the migration, what happens now and why it takes time."""
    logger.warning("%s", messages.text(code, params))
