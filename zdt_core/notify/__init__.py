"""Tells people what happened: log, e-mail, Slack-compatible webhook, PagerDuty.

`send` writes a row for each channel in the open transaction, so that a notification exists if and
only if what it tells has happened; a run per row delivers it, at least once. Which events are told
is one table per app, see `zdt_core.notify.topics`. See docs/how-to/notifications.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_core.notify.outbox import resolve, send
    from zdt_core.notify.severity import Severity
    from zdt_core.notify.topics import Burst, On, Topic, register

_homes = {
    "Burst": "topics",
    "On": "topics",
    "Severity": "severity",
    "Topic": "topics",
    "register": "topics",
    "resolve": "outbox",
    "send": "outbox",
}

__all__ = ["Burst", "On", "Severity", "Topic", "register", "resolve", "send"]


def __getattr__(name: str) -> Any:
    home = _homes.get(name)  # late, as models may not be imported before the apps are ready
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
