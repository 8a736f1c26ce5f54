"""What the canary tells the site's own code."""

from __future__ import annotations

import logging

from django.dispatch import Signal

logger = logging.getLogger("zdt.rollback")

rolled_back = Signal()
"""Sent with ``deployment_id`` and ``region`` ("" where everyone went back) once a rollback has
finished, by the worker that finished it.

It may get lost with that process; what has to happen belongs in ZDT_ROLLBACK_CALLBACKS.
"""

word_given = Signal()
"""Sent with ``deployment_id`` and ``word`` ("pause" or "resume") once a rolling deployment has
moved, by the process that moved it.

It may get lost with that process; what has to happen belongs in ZDT_ROLLING_CALLBACKS.
"""


def announce_rollback(deployment_id: str, region: str = "") -> None:
    """Send `rolled_back`; a receiver's error is logged and stops nobody."""
    _announce("rolled_back", rolled_back, deployment_id=deployment_id, region=region)


def announce_word(deployment_id: str, word: str) -> None:
    """Send `word_given` in the same way."""
    _announce("word_given", word_given, deployment_id=deployment_id, word=word)


def _announce(name: str, signal: Signal, **facts: str) -> None:
    for receiver, answer in signal.send_robust(sender=None, **facts):
        if isinstance(answer, Exception):
            logger.error("A receiver of %s failed: %r", name, receiver, exc_info=answer)
