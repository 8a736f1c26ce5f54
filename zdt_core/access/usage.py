"""When a token was last used: at most one write a minute, which waits for nobody."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError

from zdt_core import database

_WRITE = """
    UPDATE zdt_core_token SET last_used_at = STATEMENT_TIMESTAMP() WHERE id =
    (SELECT id FROM zdt_core_token WHERE id = %s FOR UPDATE SKIP LOCKED)
"""
logger = logging.getLogger("zdt.access")


def note(token: Any) -> None:
    """Write that ``token``, as `bearer.find` gave it, was used; a failure stops nothing."""
    if not token.idle:
        return
    try:
        with database.atomic(), database.connection().cursor() as cursor:
            cursor.execute(_WRITE, [token.pk])
    except DatabaseError as error:
        logger.warning("The use of token %s could not be noted: %s", token, error)
