"""Does what a verdict calls for, and writes both down, in the open transaction."""

from __future__ import annotations

from typing import Any

from zdt_core import database, events
from zdt_core.exceptions import Refused
from zdt_deploy.canary import models as tables
from zdt_deploy.canary import share
from zdt_deploy.canary.consequences import Consequence
from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.canary.watch import Watch
from zdt_deploy.conf import conf
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.states import PAST, WATCHED, Event

ACTOR = events.Actor.system("monitor")
LEFT_UNJUDGED = "deployment.left_unjudged"
JUDGED_AGAIN = "deployment.judged_again"
_BLIND = frozenset({"blind_and_held", "blind_while_replaced"})
"""Notices that end when it can be judged again."""

FIRST_TICK_SECONDS = 60
"""Within these the first tick may come after short intervals without that anything is wrong."""

_MOVES = {
    Event.ARRIVE: machine.arrive,
    Event.HOLD: machine.hold,
    Event.SEE: machine.see,
    Event.ADVANCE: machine.advance,
    Event.PROMOTE: machine.promote,
    Event.ROLL_BACK: machine.roll_back,
    Event.RETREAT: machine.retreat,
}


def move(watch: Watch, consequence: Consequence) -> Refused | None:
    """Make the consequence's move, if it has one. A refusal changes nothing and is returned."""
    if consequence.event is None:
        return None
    act = _MOVES[consequence.event]
    try:
        with database.atomic():
            watch.deployment = act(
                watch.deployment.pk, actor=ACTOR, code=consequence.code, params=consequence.params
            )
    except Refused as refusal:
        return refusal
    return None


def renew(watch: Watch) -> None:
    """Prolong the share that is published now; one that has lapsed meanwhile stays lapsed."""
    deployment = watch.deployment
    row = tables.TrafficShare.objects.filter(deployment=deployment).first()
    if row is not None and deployment.state in WATCHED:
        at = (deployment.environment, deployment.service)
        share.renew(*at, row.epoch, watch.plan.valid_seconds)


def record(
    watch: Watch, step: int, verdict: Verdict, consequence: Consequence, refusal: Refused | None
) -> None:
    """Write the verdict on the slot: what was seen, what follows, and what stood in its way.

    One that comes before its time stands for the next slot.
    """
    published, slot = watch.published, max(watch.slot, watch.last_slot + 1)
    facts: dict[str, Any] = {
        "routers": watch.followers.facts(),
        "epoch": published.epoch if published else None,
        "then": consequence.event.value if consequence.event else "",
        "because": consequence.code,
    }
    if conf.METRIC_SOURCE:
        facts["source"] = str(conf.METRIC_SOURCE.get("kind"))
    if watch.replaces:
        facts["fleet"] = watch.fleet.facts()
    if refusal is not None:
        facts["refused"] = {"code": refusal.code, "params": refusal.params}
    tables.Verdict.objects.create(
        deployment=watch.deployment,
        slot=slot,
        last_slot=slot,
        step=step,
        outcome=verdict.outcome.value,
        code=verdict.code,
        params=verdict.params,
        evidence={**verdict.evidence, **facts},
    )


def record_missed(watch: Watch) -> None:
    """One row for the slots that passed while nobody judged."""
    first, last = watch.last_slot + 1, watch.slot - 1
    if first > last:
        return
    slots = last - first + 1
    seconds = slots * watch.plan.interval_seconds
    just_began = first == 0 and seconds <= FIRST_TICK_SECONDS
    tables.Verdict.objects.create(
        deployment=watch.deployment,
        slot=first,
        last_slot=last,
        step=watch.deployment.step,
        outcome=Outcome.MISSED.value,
        code="first_look" if just_began else "slots_missed",
        params={"slots": slots, "seconds": round(seconds)},
    )


def tell(
    watch: Watch, told: list[str], consequence: Consequence, refusal: Refused | None
) -> list[str]:
    """Record an event for what an operator has to know, once as long as it lasts.

    ``told`` are the names of what was told at the last verdict; returns those of this one.
    """
    deployment, names = watch.deployment, []
    at = {"service": deployment.service, "environment": deployment.environment}
    subject = ("deployment", deployment.pk)
    if consequence.notice:
        names.append(consequence.notice)
        if consequence.notice not in told:
            events.record(
                LEFT_UNJUDGED, subject=subject, actor=ACTOR, code=consequence.notice,
                params=consequence.params, **at,
            )  # fmt: skip
    if not _BLIND.isdisjoint(told) and _BLIND.isdisjoint(names):
        events.record(
            JUDGED_AGAIN, subject=subject, actor=ACTOR, code="judged_again", params={}, **at
        )
    if refusal is not None and consequence.event is not None:
        names.append(f"{consequence.event.value}: {refusal.code}")
        if names[-1] not in told:
            kind = f"deployment.{PAST[consequence.event]}"
            events.refused(kind, subject=subject, actor=ACTOR, refusal=refusal, **at)
    return names
