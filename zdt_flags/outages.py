"""Logs that a store is away once, and once that it is back."""

from __future__ import annotations

import logging

logger = logging.getLogger("zdt.flags")


class Outages:
    """Which stores of the flags are away, as far as this process has said so."""

    def __init__(self) -> None:
        self._away: set[str] = set()

    def met(self, store: str, error: Exception, what_answers: str) -> None:
        if store not in self._away:
            self._away.add(store)
            logger.warning(
                "The flags could not be read from %s (%s: %s). Until they can, %s.",
                store, type(error).__name__, error, what_answers,
            )  # fmt: skip

    def over(self, store: str) -> None:
        if store in self._away:
            self._away.discard(store)
            logger.info("The flags can be read from %s again.", store)
