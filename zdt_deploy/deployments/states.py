"""The states of a deployment and every move between them: one table, no I/O."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from zdt_core.exceptions import Refused


class Named(enum.StrEnum):
    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(member.value, member.value.replace("_", " ")) for member in cls]


class Strategy(Named):
    CANARY = "canary"
    BLUE_GREEN = "blue_green"


class State(Named):
    PENDING = "pending"  # recorded, no traffic yet
    SHIFTING = "shifting"  # a share is published, routers have not all seen it
    OBSERVING = "observing"  # the share is live and watched
    PAUSED = "paused"  # an operator holds it; still watched
    HELD = "held"  # the monitor cannot see or judge; still watched
    BAKING = "baking"  # 100 %, old release kept, the way back open
    ROLLING_BACK = "rolling_back"  # share 0 is published; callbacks and checks run
    STUCK = "stuck"  # going back needs a person; traffic may be anywhere
    ROLLED_BACK = "rolled_back"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Event(Named):
    START = "start"
    ARRIVE = "arrive"
    ADVANCE = "advance"
    HOLD = "hold"
    SEE = "see"
    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    ROLL_BACK = "roll_back"
    GO_STUCK = "go_stuck"
    RETRY = "retry"
    FINISH_ROLLBACK = "finish_rollback"
    COMPLETE = "complete"
    CANCEL = "cancel"


ACTIVE = frozenset(
    state.value
    for state in (
        State.SHIFTING,
        State.OBSERVING,
        State.PAUSED,
        State.HELD,
        State.ROLLING_BACK,
        State.STUCK,
    )
)
"""From first traffic until 100 %, or until users are back: unique per service and environment."""

WATCHED = frozenset(
    state.value
    for state in (State.SHIFTING, State.OBSERVING, State.PAUSED, State.HELD, State.BAKING)
)
"""The monitor ticks in these."""

FINAL = frozenset(state.value for state in (State.ROLLED_BACK, State.COMPLETED, State.CANCELLED))


@dataclass(frozen=True, slots=True)
class Move:
    target: State
    sentence: str


_LIVE = (State.SHIFTING, State.OBSERVING, State.PAUSED, State.HELD)

TABLE: dict[tuple[State, Event], Move] = {
    (State.PENDING, Event.START): Move(State.SHIFTING, "The first step's share is published."),
    (State.PENDING, Event.CANCEL): Move(State.CANCELLED, "Nobody was sent to the new release."),
    (State.SHIFTING, Event.ARRIVE): Move(State.OBSERVING, "Every router has seen the share."),
    (State.OBSERVING, Event.ADVANCE): Move(State.SHIFTING, "The next step's share is published."),
    (State.OBSERVING, Event.HOLD): Move(State.HELD, "The monitor cannot judge, so nothing moves."),
    (State.SHIFTING, Event.HOLD): Move(State.HELD, "The monitor cannot judge, so nothing moves."),
    (State.HELD, Event.SEE): Move(State.OBSERVING, "The monitor can judge again."),
    (State.OBSERVING, Event.PAUSE): Move(State.PAUSED, "An operator holds the share."),
    (State.SHIFTING, Event.PAUSE): Move(State.PAUSED, "An operator holds the share."),
    (State.HELD, Event.PAUSE): Move(State.PAUSED, "An operator holds the share."),
    (State.PAUSED, Event.RESUME): Move(State.OBSERVING, "The operator let go."),
    (State.OBSERVING, Event.PROMOTE): Move(State.BAKING, "Everyone is on the new release."),
    **{
        (state, Event.ROLL_BACK): Move(State.ROLLING_BACK, "Everyone goes back to stable.")
        for state in (*_LIVE, State.BAKING)
    },
    (State.ROLLING_BACK, Event.GO_STUCK): Move(State.STUCK, "Going back needs a person."),
    (State.ROLLING_BACK, Event.FINISH_ROLLBACK): Move(State.ROLLED_BACK, "Everyone is on stable."),
    (State.STUCK, Event.RETRY): Move(State.ROLLING_BACK, "A person asked to try again."),
    (State.STUCK, Event.FINISH_ROLLBACK): Move(State.ROLLED_BACK, "Everyone is on stable."),
    (State.BAKING, Event.COMPLETE): Move(State.COMPLETED, "The way back is closed."),
}


def move(state: State, event: Event) -> Move:
    """Where ``event`` leads from ``state``. Raises Refused("illegal_move") where it may not."""
    found = TABLE.get((state, event))
    if found is None:
        raise Refused("illegal_move", event=event.value, state=state.value)
    return found
