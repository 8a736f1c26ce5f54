"""What this process served, counted in memory and flushed to Redis each second.

`MeteringMiddleware` counts requests, errors and latency; ``metering.count("order_placed")`` counts
anything else; `source` reads the closed windows. Nothing in the request path does I/O.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_core.metering.ledger import count, mark_misrouted
    from zdt_core.metering.middleware import MeteringMiddleware

__all__ = ["MeteringMiddleware", "count", "mark_misrouted"]

_HOMES = {"MeteringMiddleware": "middleware", "count": "ledger", "mark_misrouted": "ledger"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # the next look-up costs nothing
    return found
