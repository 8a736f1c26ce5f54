"""To the log ``zdt.notify``: what a site has that configured nothing."""

from __future__ import annotations

import logging

from zdt_core.notify.backends.base import Backend
from zdt_core.notify.letter import Letter
from zdt_core.notify.severity import Severity

logger = logging.getLogger("zdt.notify")
_LEVELS = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.CRITICAL: logging.ERROR,
}


class Log(Backend):
    """One line a letter; INFO, WARNING or ERROR by its severity."""

    def deliver(self, letter: Letter) -> None:
        level = logging.INFO if letter.resolved else _LEVELS[letter.severity]
        logger.log(level, "%s | %s", letter.subject, " | ".join(letter.lines))
