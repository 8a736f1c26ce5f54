"""What the canary tells the site's own code."""

from __future__ import annotations

import logging

from django.dispatch import Signal

logger = logging.getLogger("zdt.rollback")

rolled_back = Signal()
"""Sent with ``deployment_id`` once a rollback has finished, by the worker that finished it.

It may get lost with that process; what has to happen belongs in ZDT_ROLLBACK_CALLBACKS.
"""


def announce_rollback(deployment_id: str) -> None:
    """Send `rolled_back`; a receiver's error is logged and stops nobody."""
    for receiver, answer in rolled_back.send_robust(sender=None, deployment_id=deployment_id):
        if isinstance(answer, Exception):
            logger.error("A receiver of rolled_back failed: %r", receiver, exc_info=answer)
