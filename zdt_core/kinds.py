"""Every kind of event with a sentence: one table per app, for the reference.

An app adds its own in `ready`::

    kinds.declare({"deployment.created": _("A deployment was recorded.")})

Refused attempts are events of the same kind, marked as refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

_declared: dict[str, Any] = {}


def declare(kinds: Mapping[str, Any]) -> None:
    """Add ``{kind: sentence}``."""
    _declared.update(kinds)


def declared() -> dict[str, Any]:
    """The whole table, by kind."""
    return {kind: _declared[kind] for kind in sorted(_declared)}


declare(
    {
        "process.forgotten": _("A process that is silent was taken for gone, as its machine is."),
        "process.ordered": _("A process was ordered to drain or to serve again."),
        "drain.started": _("A server began to drain."),
        "drain.cancelled": _("A server that drained serves again."),
        "run.failed": _("Background work raised too often, and is not tried again by itself."),
        "run.cancelled": _("Background work was cancelled."),
        "run.paused": _("Background work was paused."),
        "run.resumed": _("Paused background work goes on."),
        "jobs.unattended": _("Background work is due, and nobody does it."),
        "jobs.attended": _("Background work is done again."),
        "notification.given_up": _("A notification could not be delivered."),
        "notification.sent_again": _("Somebody sent a notification again that was given up."),
        "token.created": _("An API token was made."),
        "token.revoked": _("An API token was revoked."),
        "token.used": _("Only as refused: a token was used where it may not be."),
    }
)
