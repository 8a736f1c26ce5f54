"""Resumable work that survives being killed.

The truth about a run is its row in PostgreSQL; RQ only rings. A worker takes a run under a lease
with a token, works on it for a slice of time, and commits data, cursor and token check together.
Whatever is lost, doubled, delayed or killed between two commits leaves no trace, and the ticker
sees that the work goes on. See docs/how-to/jobs.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zdt_core.jobs import ticker
    from zdt_core.jobs.operations import cancel, pause, resume, start, wake
    from zdt_core.jobs.outcomes import Then, after, again, at, done, fail
    from zdt_core.jobs.pace import progress
    from zdt_core.jobs.registry import discover, task
    from zdt_core.jobs.slices import Slice

_homes = {
    "Slice": "slices",
    "Then": "outcomes",
    "after": "outcomes",
    "again": "outcomes",
    "at": "outcomes",
    "cancel": "operations",
    "discover": "registry",
    "done": "outcomes",
    "fail": "outcomes",
    "pause": "operations",
    "progress": "pace",
    "resume": "operations",
    "start": "operations",
    "task": "registry",
    "wake": "operations",
}

__all__ = [
    "Slice", "Then", "after", "again", "at", "cancel", "discover", "done", "fail", "pause",
    "progress", "resume", "start", "task", "ticker", "wake",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "ticker":
        return import_module(f"{__name__}.ticker")
    home = _homes.get(name)  # late, as models may not be imported before the apps are ready
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
