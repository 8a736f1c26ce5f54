"""Long data work: ranges of keys, each with a checkpoint, done by any number of workers.

A backfill goes through a table in ranges of its key. Each of its lanes is a run of `zdt_core.jobs`
that takes one range after the other and works it in batches: the data, the place to go on, and the
proof that the lane is still ours commit together. See docs/how-to/backfills.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_deploy.backfills.declarations import backfill, declared, sql, start_declared
    from zdt_deploy.backfills.estimating import Estimate, estimate
    from zdt_deploy.backfills.operations import (
        cancel,
        pause,
        resume,
        retry,
        set_pacing,
        start,
    )
    from zdt_deploy.backfills.signals import ended
    from zdt_deploy.backfills.standing import Progress, progress

_homes = {
    "Estimate": "estimating",
    "Progress": "standing",
    "backfill": "declarations",
    "cancel": "operations",
    "declared": "declarations",
    "ended": "signals",
    "estimate": "estimating",
    "pause": "operations",
    "progress": "standing",
    "resume": "operations",
    "retry": "operations",
    "set_pacing": "operations",
    "sql": "declarations",
    "start": "operations",
    "start_declared": "declarations",
}

__all__ = [
    "Estimate", "Progress", "backfill", "cancel", "declared", "ended", "estimate", "pause",
    "progress", "resume", "retry", "set_pacing", "sql", "start", "start_declared",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    home = _homes.get(name)  # late, as models may not be imported before the apps are ready
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
