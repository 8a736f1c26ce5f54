"""Tells the log once that a server is away, and once that it is back."""

from __future__ import annotations

import logging


class Outage:
    """The state of one server, as a loop sees it."""

    def __init__(self, server: str, logger: logging.Logger) -> None:
        self.server, self.logger, self.away = server, logger, False

    def seen(self, error: Exception) -> None:
        """It did not do what was asked."""
        if not self.away:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            self.logger.warning("%s is away: %s", self.server, lines[0])
        self.away = True

    def over(self) -> None:
        """It did."""
        if self.away:
            self.logger.warning("%s is back.", self.server)
        self.away = False
