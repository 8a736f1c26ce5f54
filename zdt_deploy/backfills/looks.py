"""Which kind of badge a state wears: good, busy, warn, bad or quiet. No I/O."""

from __future__ import annotations

from typing import Any

_STATES = {
    "planning": "busy", "running": "busy", "paused": "warn", "succeeded": "good", "failed": "bad",
    "cancelled": "quiet",
}  # fmt: skip
_RANGES = {"waiting": "quiet", "working": "busy", "done": "good", "failed": "bad"}


def of_state(state: str) -> str:
    return _STATES.get(state, "quiet")


def of(row: Any) -> str:
    """Of one of `at_work.with_stalled`."""
    return "bad" if row.stalled or row.failing else of_state(row.state)


def of_range(state: str) -> str:
    return _RANGES.get(state, "quiet")
