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
    ROLLING = "rolling"  # an orchestrator replaces processes; zdt gates and watches
    REGIONAL = "regional"  # a canary, region by region


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
    RETREAT = "retreat"
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


class By(enum.Flag):
    """Who may cause a move: zdt itself, a person (or a person's token or shell), or both."""

    SYSTEM = enum.auto()
    PERSON = enum.auto()
    BOTH = SYSTEM | PERSON


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow: where it leads, who may cause it, and what is so afterwards."""

    target: State
    by: By
    sentence: str


_LIVE = (State.SHIFTING, State.OBSERVING, State.PAUSED, State.HELD)

_NEXT = Move(State.SHIFTING, By.BOTH, "The next step's share is published.")
_BLIND = Move(State.HELD, By.SYSTEM, "The monitor cannot judge, so nothing moves.")
_PAUSED = Move(State.PAUSED, By.PERSON, "An operator holds the share, and it is still watched.")
_BACK = Move(State.ROLLING_BACK, By.BOTH, "Everyone goes back to stable.")
_RETREAT = Move(State.PAUSED, By.BOTH, "One region goes back to stable; the others stay.")

TABLE: dict[tuple[State, Event], Move] = {
    (State.PENDING, Event.START): Move(
        State.SHIFTING, By.BOTH, "The first step's share is published."
    ),
    (State.PENDING, Event.CANCEL): Move(
        State.CANCELLED, By.BOTH, "Nobody was sent to the new release."
    ),
    (State.SHIFTING, Event.ARRIVE): Move(
        State.OBSERVING, By.SYSTEM, "Every router has seen the share."
    ),
    (State.OBSERVING, Event.ADVANCE): _NEXT,
    (State.SHIFTING, Event.HOLD): _BLIND,
    (State.OBSERVING, Event.HOLD): _BLIND,
    (State.HELD, Event.SEE): Move(
        State.OBSERVING, By.SYSTEM, "The monitor can judge again, and every router has the share."
    ),
    (State.SHIFTING, Event.PAUSE): _PAUSED,
    (State.OBSERVING, Event.PAUSE): _PAUSED,
    (State.HELD, Event.PAUSE): _PAUSED,
    # Back to SHIFTING, as it may have been paused there, and routers may have come and gone since.
    (State.PAUSED, Event.RESUME): Move(
        State.SHIFTING, By.PERSON, "The operator let go; every router is asked again."
    ),
    (State.OBSERVING, Event.PROMOTE): Move(
        State.BAKING, By.BOTH, "Everyone is on the new release, and the way back is open."
    ),
    **{(state, Event.ROLL_BACK): _BACK for state in (*_LIVE, State.BAKING)},
    **{(state, Event.RETREAT): _RETREAT for state in _LIVE},
    (State.ROLLING_BACK, Event.GO_STUCK): Move(
        State.STUCK, By.SYSTEM, "Going back needs a person."
    ),
    (State.ROLLING_BACK, Event.FINISH_ROLLBACK): Move(
        State.ROLLED_BACK, By.SYSTEM, "Everyone is on stable."
    ),
    (State.STUCK, Event.RETRY): Move(State.ROLLING_BACK, By.PERSON, "A person asked to try again."),
    (State.STUCK, Event.FINISH_ROLLBACK): Move(
        State.ROLLED_BACK, By.BOTH, "Everyone is on stable; where a person said so, by their word."
    ),
    (State.BAKING, Event.COMPLETE): Move(
        State.COMPLETED, By.BOTH, "The new release is the stable one; the way back is closed."
    ),
}
"""Nothing leads out of a final state, and nothing from a rollback to anywhere but stable."""

PAST: dict[Event, str] = {
    Event.START: "started",
    Event.ARRIVE: "arrived",
    Event.ADVANCE: "advanced",
    Event.HOLD: "held",
    Event.SEE: "seen",
    Event.PAUSE: "paused",
    Event.RESUME: "resumed",
    Event.PROMOTE: "promoted",
    Event.ROLL_BACK: "rolled_back",
    Event.RETREAT: "retreated",
    Event.GO_STUCK: "got_stuck",
    Event.RETRY: "retried",
    Event.FINISH_ROLLBACK: "rollback_finished",
    Event.COMPLETE: "completed",
    Event.CANCEL: "cancelled",
}
"""What the event of a move is called in the record: "deployment." and this."""

PERMISSIONS: dict[Event, str] = {
    Event.START: "start_deployment",
    Event.CANCEL: "start_deployment",
    Event.ADVANCE: "advance_deployment",
    Event.PROMOTE: "advance_deployment",
    Event.PAUSE: "pause_deployment",
    Event.RESUME: "pause_deployment",
    Event.ROLL_BACK: "rollback_deployment",
    Event.RETREAT: "rollback_deployment",
    Event.RETRY: "rollback_deployment",
    Event.FINISH_ROLLBACK: "rollback_deployment",
    Event.COMPLETE: "complete_deployment",
}
"""The permission that a person needs, for every event that a person may cause."""


def move(state: State, event: Event) -> Move:
    """Where ``event`` leads from ``state``. Raises Refused("illegal_move") where it may not."""
    found = TABLE.get((state, event))
    if found is None:
        possible = ", ".join(other.value for other in allowed(state, By.PERSON)) or "-"
        raise Refused("illegal_move", event=event.value, state=state.value, possible=possible)
    return found


def allowed(state: State, by: By = By.BOTH) -> list[Event]:
    """The events that lead out of ``state`` and that somebody of ``by`` may cause."""
    return [event for (source, event), found in TABLE.items() if source is state and found.by & by]
