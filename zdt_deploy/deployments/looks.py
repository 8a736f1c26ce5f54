"""Which kind of badge a state and a verdict wear: good, busy, warn, bad or quiet. No I/O."""

from __future__ import annotations

from zdt_deploy.deployments.states import State

_STATES = {
    State.PENDING: "quiet", State.SHIFTING: "busy", State.OBSERVING: "busy", State.PAUSED: "warn",
    State.HELD: "warn", State.BAKING: "good", State.ROLLING_BACK: "bad", State.STUCK: "bad",
    State.ROLLED_BACK: "bad", State.COMPLETED: "good", State.CANCELLED: "quiet",
}  # fmt: skip
_OUTCOMES = {"ok": "good", "breach": "bad", "silent": "bad", "blind": "warn", "missed": "warn"}


def of_state(state: str) -> str:
    return _STATES[State(state)]


def of_outcome(outcome: str) -> str:
    return _OUTCOMES.get(outcome, "quiet")
