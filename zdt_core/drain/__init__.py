"""Stop taking work, finish what is in flight.

While a server drains its readiness fails and everything is still served; after ZDT_DRAIN_WAIT
seconds, when the balancer has looked away, new requests are refused and those in flight finish.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_core.drain.middleware import DrainMiddleware
    from zdt_core.drain.phases import Phase
    from zdt_core.drain.state import cancel, current, draining, start
    from zdt_core.drain.tickets import Ticket, in_flight, oldest

_homes = {
    "DrainMiddleware": "middleware",
    "Phase": "phases",
    "Ticket": "tickets",
    "cancel": "state",
    "current": "state",
    "draining": "state",
    "in_flight": "tickets",
    "oldest": "tickets",
    "start": "state",
}

__all__ = [
    "DrainMiddleware", "Phase", "Ticket", "cancel", "current", "draining", "in_flight", "oldest",
    "start",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    home = _homes.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
