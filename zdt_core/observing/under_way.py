"""The request that is under way here: what it has spent in the database so far."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

under_way: ContextVar[list[float] | None] = ContextVar("zdt_under_way", default=None)
"""``[seconds, queries]``, set by `MeteringMiddleware`; threads that work for a request share it."""


def leave_out(request: Any) -> None:
    """Count neither this request nor its queries: no visitor sent it."""
    request.zdt_unmetered = True
    under_way.set(None)
