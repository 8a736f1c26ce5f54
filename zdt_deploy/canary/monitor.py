"""The monitor's tick: take in what was measured, judge it, and act on the verdict.

A tick is a slice of a run that lives as long as the deployment is watched. The verdict, what
follows from it and the time of the next tick commit together, under the run's fencing token and
the deployment's lock: whatever is killed in between leaves no trace, and another worker judges the
same slot again.
"""

from __future__ import annotations

import logging

from rq.timeouts import BaseTimeoutException

from zdt_core import database, jobs
from zdt_core.conf import conf as core
from zdt_core.exceptions import Refused
from zdt_deploy.canary import (
    aftermath,
    certainty,
    evidence,
    glance,
    ingest,
    orchestrator,
    places,
    regions,
    unheard,
    weighing,
)
from zdt_deploy.canary.consequences import Consequence, decide
from zdt_deploy.canary.evidence import Question
from zdt_deploy.canary.ingest import Intake
from zdt_deploy.canary.judge import Outcome, Verdict, judge
from zdt_deploy.canary.limits import Limits
from zdt_deploy.canary.places import Judged, Place
from zdt_deploy.canary.samples import Seen
from zdt_deploy.canary.sources import Source
from zdt_deploy.canary.watch import Watch
from zdt_deploy.deployments.states import WATCHED, Event, State

logger = logging.getLogger("zdt.monitor")
KIND = "canary.monitor"
STALE_WINDOWS = 6
"""How many windows the newest closed one may lie back."""

LATE_WINDOWS = 2
"""How many of them until nobody is promoted by it."""


def tick(work: jobs.Slice, source: Source) -> jobs.Then:
    """A slice of the watch over the deployment ``work.key``."""
    intake = _take_in(work, source)
    if intake is not None and intake.behind:
        return jobs.again()
    with work.commit() as save:
        watch = Watch.lock(work.key)
        if watch is None:
            then = jobs.done()
        elif intake is not None and watch.slot > watch.last_slot:
            told = work.cursor.get("told", [])
            then, told = _judge(watch, intake, told)
            away = intake.trouble == "metrics_unavailable"
            save(cursor={**work.cursor, "told": told, "away": away})
        elif intake is not None and (judged := _glances(watch, intake)):
            then, told = _follow(watch, judged, work.cursor.get("told", []))
            save(cursor={**work.cursor, "told": told})
        else:
            then = _look(watch)
        save(then=then)
    return then


def _take_in(work: jobs.Slice, source: Source) -> Intake | None:
    """What the source has to say, if there is a slot to judge, or to look between two.

    The first slot after the source was away is not judged by it: processes still hand in what they
    kept meanwhile, some sooner than others.
    """
    watch = Watch.peek(work.key)
    if watch is None or (watch.slot <= watch.last_slot and not watch.can_break):
        return None
    if work.cursor.get("away"):
        return Intake(trouble="metrics_returning")
    deployment = watch.deployment
    at = (deployment.environment, deployment.service)
    return ingest.take_in(work, *at, watch.begun, watch.now, source)


def _look(watch: Watch) -> jobs.Then:
    """Between two verdicts: have the routers followed?"""
    if watch.deployment.state == State.SHIFTING and watch.arrived:
        aftermath.move(watch, Consequence(Event.ARRIVE))
    return jobs.at(watch.next_look)


def _judge(watch: Watch, intake: Intake, told: list[str]) -> tuple[jobs.Then, list[str]]:
    """Judge the slot and let follow what follows. Returns the next tick, and what was told."""
    aftermath.record_missed(watch)
    judged = [(place, _verdict(watch, place, intake)) for place in watch.places]
    return _follow(watch, places.decisive(judged), told)


def _glances(watch: Watch, intake: Intake) -> Judged | None:
    """The verdict on the first place where it is broken, if it is anywhere."""
    for place in watch.places:
        if verdict := _glance(watch, place, _reaching(watch, place, intake)):
            return places.decisive([(place, verdict)])
    return None


def _glance(watch: Watch, place: Place, intake: Intake) -> Verdict | None:
    """The verdict that it is broken there, if it is and the plan asks for that."""
    share = watch.plan.broken_share
    if share is None or not place.can_break or intake.clock is None or intake.trouble:
        return None
    question = watch.question(intake.clock, intake.ahead, intake.until, place)
    begun = watch.begun.timestamp() + intake.ahead
    try:
        with database.atomic():
            return glance.look(question, begun, share, among=max(1, len(watch.plan.regions)))
    except BaseTimeoutException:  # of the job, which comes once
        raise
    except Exception:
        logger.exception("Nobody could tell whether %s is broken", watch.deployment.pk)
        return None


def _follow(watch: Watch, judged: Judged, told: list[str]) -> tuple[jobs.Then, list[str]]:
    """Let follow what follows from the verdict on a place, and write both down."""
    place, verdict = judged
    consequence = decide(watch.situation(verdict, place), verdict)
    step = watch.deployment.step
    refusal = aftermath.move(watch, consequence)
    if consequence.renew:
        aftermath.renew(watch)
    aftermath.record(watch, step, verdict, consequence, refusal)
    if watch.replaces and consequence.event is None:
        orchestrator.heed(watch.deployment)
    told = aftermath.tell(watch, told, consequence, refusal)
    if consequence.over or watch.deployment.state not in WATCHED:
        return jobs.done(), told
    return jobs.at(watch.next_look), told


def _verdict(watch: Watch, place: Place, here: Intake) -> Verdict:
    """The verdict on one place, by limits and by evidence."""
    intake = _reaching(watch, place, here)
    limits = watch.limits(intake.clock.seconds if intake.clock else 0, place)
    verdict = judge(_see(watch, place, intake, limits), limits)
    if watch.is_sequential(place) and intake.clock is not None and not intake.trouble:
        question = watch.question(intake.clock, intake.ahead, intake.until, place)
        verdict = _weighed(watch, question, verdict)
    if verdict.outcome is Outcome.OK and here.tells_of_each and intake.clock is not None:
        question = watch.question(intake.clock, intake.ahead, intake.until, place)
        verdict = unheard.heed(verdict, question, intake.clock.now)
    if verdict.outcome in (Outcome.OK, Outcome.WAITING):
        verdict = _late(intake, here, limits) or verdict
    if verdict.outcome is not Outcome.BREACH:
        verdict = _glance(watch, place, intake) or verdict
    return verdict


def _late(intake: Intake, here: Intake, limits: Limits) -> Verdict | None:
    """To wait where the newest window is too old to promote by. Another region's metrics are copied
    from a source like the one ``here``, whose windows may close late."""
    clock = intake.clock
    if clock is None:
        return None
    delay = max(each.delay for each in (clock, here.clock) if each is not None)
    age = clock.now - intake.until
    if age <= limits.interval_seconds + LATE_WINDOWS * clock.seconds + delay:
        return None
    return Verdict(Outcome.WAITING, "metrics_late", {"seconds": round(age)})


def _weighed(watch: Watch, question: Question, verdict: Verdict) -> Verdict:
    """``verdict`` in the light of evidence. Whatever fails there, limits have been judged."""
    try:
        with database.atomic():
            interval = watch.plan.interval_seconds
            gathered = weighing.gather(watch.deployment, question, interval, watch.terms)
            return certainty.settle(verdict, gathered)
    except Refused as refusal:
        return certainty.unweighed(verdict, str(refusal))
    except BaseTimeoutException:
        raise
    except Exception as error:
        logger.exception("The evidence of %s could not be weighed", watch.deployment.pk)
        return certainty.unweighed(verdict, f"{type(error).__name__}; the log says where.")


def _reaching(watch: Watch, place: Place, here: Intake) -> Intake:
    """How far the metrics of ``place`` reach; ``here`` is what this process's region has."""
    if not watch.plan.regions or place.region == core.REGION:
        return here
    at = (watch.deployment.environment, watch.deployment.service)
    asked = [place.region] if place.region else watch.regions
    return regions.slowest(
        here if region == core.REGION else regions.read(*at, region, watch.now) for region in asked
    )


def _see(watch: Watch, place: Place, intake: Intake, limits: Limits) -> Seen:
    clock = intake.clock
    if intake.trouble or clock is None:
        at = {"region": intake.region} if intake.region else {}
        return _nothing(place, intake.trouble, {"reason": intake.reason, **at})
    if clock.now - intake.until > STALE_WINDOWS * clock.seconds + limits.interval_seconds:
        seconds = round(clock.now - intake.until)
        return _nothing(place, "metrics_stale", {"seconds": seconds})
    return evidence.gather(watch.question(clock, intake.ahead, intake.until, place), limits)


def _nothing(place: Place, problem: str, params: dict[str, object]) -> Seen:
    return Seen(
        canary=(), stable=(), share=place.share, since=0, until=0, seconds=0,
        problem=problem, problem_params=params,
    )  # fmt: skip
