"""Resumable work that survives being killed.

The truth about a run is its row in PostgreSQL; RQ only rings. A worker takes a run under a lease
with a token, works on it for a slice of time, and commits data, cursor and token check together.
Whatever is lost, doubled, delayed or killed between two commits leaves no trace, and the ticker
sees that the work goes on. See docs/how-to/jobs.md.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
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
    "ticker": "",
    "wake": "operations",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not _HOME[name]:
        return importlib.import_module(f"{__name__}.{name}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
