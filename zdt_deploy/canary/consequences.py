"""What follows from a verdict: one ordered table of rules, no I/O.

The first rule that fits decides. Rolling back stands before everything else, and only a verdict of
*ok* on an observed step moves a deployment forward: time alone never does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.canary.terms import HOLD_FROM
from zdt_deploy.deployments.states import Event, State


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the deployment stands when the verdict falls; durations in seconds.

    ``forward`` is the move to the next step. ``bake_left`` is the observation that the step still
    needs (negative: over since), ``blind_for`` how long nobody could judge, this tick included,
    ``shifting_for`` how long routers have been asked to follow. ``lapsed`` says that the published
    share's validity has passed, ``arrived`` that every router obeys it, ``balancer`` which one does
    not and why. The verdict is on ``region`` ("" for everywhere), and ``retreats`` says that
    trouble takes only that one back. ``replaces`` says that an orchestrator replaces processes in
    its own time, and asks before.
    """

    state: State
    share: Decimal
    forward: Event
    bake_left: float
    blind_for: float
    shifting_for: float
    patience: float
    lapsed: bool
    arrived: bool
    held_because: str = ""
    balancer: dict[str, Any] | None = None
    region: str = ""
    retreats: bool = False
    replaces: bool = False

    @property
    def can_be_held(self) -> bool:
        """True where it takes a move to stop: who replaces processes asks before each batch."""
        return self.state is State.OBSERVING or (self.state is State.SHIFTING and not self.replaces)

    @property
    def can_be_taken_back(self) -> bool:
        """True while blindness may send everyone back by itself."""
        return self.share < HOLD_FROM


@dataclass(frozen=True, slots=True)
class Consequence:
    """A move of the state machine (or none), whether the share's validity is renewed, and whom to
    tell: ``notice`` is a code for an event that is recorded once."""

    event: Event | None = None
    code: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    renew: bool = True
    notice: str = ""
    over: bool = False


_LIVE = (State.SHIFTING, State.OBSERVING, State.PAUSED, State.HELD)

Rule = Callable[[Situation, Verdict], Consequence | None]


def decide(situation: Situation, verdict: Verdict) -> Consequence:
    """The consequence of ``verdict`` in ``situation``; the last rule always answers."""
    for rule in RULES:
        found = rule(situation, verdict)
        if found is not None:
            return found
    raise AssertionError("The last rule answers everything.")


def _cause(verdict: Verdict) -> dict[str, Any]:
    """Why the verdict is not good, so that a sentence can say it in words."""
    return {"cause": verdict.code, "cause_params": verdict.params}


def _back(now: Situation, code: str, params: dict[str, Any]) -> Consequence:
    """Everyone goes back; where the plan says so, the region alone, and others keep their share."""
    if now.retreats and now.region and now.state in _LIVE:
        return Consequence(Event.RETREAT, code, {**params, "region": now.region})
    return Consequence(Event.ROLL_BACK, code, params, renew=False)


def unwatched(now: Situation, verdict: Verdict) -> Consequence | None:
    """Routers went to 0 % by themselves while nobody watched: make it so for good."""
    if not now.lapsed:
        return None
    return Consequence(Event.ROLL_BACK, "unwatched", {"share": str(now.share)}, renew=False)


def worse(now: Situation, verdict: Verdict) -> Consequence | None:
    if verdict.outcome in (Outcome.BREACH, Outcome.SILENT):
        return _back(now, verdict.code, verdict.params)
    return None


def blind_too_long(now: Situation, verdict: Verdict) -> Consequence | None:
    if verdict.outcome is not Outcome.BLIND or now.blind_for <= now.patience:
        return None
    params = {"seconds": round(now.blind_for), "share": str(now.share), **_cause(verdict)}
    if now.can_be_taken_back:
        return _back(now, "blind_too_long", params)
    hold = Event.HOLD if now.can_be_held else None
    return Consequence(hold, "blind_and_held", params, notice="blind_and_held")


def blind_while_replaced(now: Situation, verdict: Verdict) -> Consequence | None:
    """No move stops who replaces processes in their own time: they and people are told."""
    replacing = now.replaces and now.state is State.SHIFTING
    if verdict.outcome is not Outcome.BLIND or not replacing:
        return None
    return Consequence(None, verdict.code, _cause(verdict), notice="blind_while_replaced")


def blind(now: Situation, verdict: Verdict) -> Consequence | None:
    if verdict.outcome is not Outcome.BLIND:
        return None
    hold = Event.HOLD if now.can_be_held else None
    return Consequence(hold, verdict.code, verdict.params)


def baked(now: Situation, verdict: Verdict) -> Consequence | None:
    """At 100 % the watch ends with the bake; the way back stays open without it."""
    if now.state is not State.BAKING or now.bake_left > 0:
        return None
    notice = "" if verdict.outcome is Outcome.OK else "baked_unjudged"
    return Consequence(over=True, notice=notice, params=_cause(verdict))


def nothing_to_move(now: Situation, verdict: Verdict) -> Consequence | None:
    """An operator holds it, or everyone is there already."""
    return Consequence() if now.state in (State.PAUSED, State.BAKING) else None


def on_its_way(now: Situation, verdict: Verdict) -> Consequence | None:
    if now.state is not State.SHIFTING:
        return None
    if now.arrived:
        return Consequence(Event.ARRIVE)
    if now.shifting_for > now.patience and not now.replaces:
        facts = {"seconds": round(now.shifting_for)}
        if now.balancer:
            return Consequence(Event.HOLD, "balancer_behind", {**facts, **now.balancer})
        return Consequence(Event.HOLD, "routers_behind", facts)
    return Consequence()


def inconclusive(now: Situation, verdict: Verdict) -> Consequence | None:
    """The bake is over, and there are still too few requests to judge."""
    if verdict.outcome is not Outcome.WAITING or -now.bake_left <= now.patience:
        return None
    if now.state is State.HELD:
        return Consequence()
    return Consequence(Event.HOLD, "inconclusive", {**verdict.params, **_cause(verdict)})


def sees_again(now: Situation, verdict: Verdict) -> Consequence | None:
    if now.state is not State.HELD:
        return None
    if not (now.arrived or now.replaces) or (
        now.held_because == "inconclusive" and verdict.outcome is not Outcome.OK
    ):
        return Consequence()
    return Consequence(Event.SEE)


def forward(now: Situation, verdict: Verdict) -> Consequence | None:
    if verdict.outcome is Outcome.OK and now.bake_left <= 0 and now.arrived:
        return Consequence(now.forward, verdict.code, verdict.params)
    return None


def stay(now: Situation, verdict: Verdict) -> Consequence | None:
    return Consequence()


RULES: tuple[Rule, ...] = (
    unwatched,
    worse,
    baked,
    blind_too_long,
    blind_while_replaced,
    blind,
    nothing_to_move,
    on_its_way,
    inconclusive,
    sees_again,
    forward,
    stay,
)
