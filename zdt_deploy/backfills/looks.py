"""Which kind of badge a state wears: good, busy, warn, bad or quiet. No I/O."""

from __future__ import annotations

_STATES = {
    "planning": "busy", "running": "busy", "paused": "warn", "succeeded": "good", "failed": "bad",
    "cancelled": "quiet",
}  # fmt: skip
_RANGES = {"waiting": "quiet", "working": "busy", "done": "good", "failed": "bad"}


def of_state(state: str) -> str:
    return _STATES.get(state, "quiet")


def of_range(state: str) -> str:
    return _RANGES.get(state, "quiet")
