"""Where a drill is due: in places that may have one, so many days after the last one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, QuerySet

from zdt_core import database, events
from zdt_core.events import Event
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State as Stage
from zdt_deploy.drills import operations, suitable
from zdt_deploy.drills.conf import conf
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import LIVE, MADE, State
from zdt_deploy.drills.rehearsing import ACTOR
from zdt_deploy.freezes import times, weekly

logger = logging.getLogger("zdt.drills")
OVERDUE = "drill.overdue"
GRACE = timedelta(days=1)
"""One that is due has a day to begin by itself before people are reminded."""

FORGOTTEN_AFTER = 3
"""Periods without a deployment after which nobody is reminded of a place."""


@dataclass(frozen=True, slots=True)
class Place:
    """A service in an environment that may have drills. ``last`` is when its last one was called
    for, None where there was none; ``live`` is whether one is announced or under way."""

    environment: str
    service: str
    last: datetime | None
    passed: datetime | None
    due_at: datetime
    live: bool

    def is_due(self, now: datetime) -> bool:
        return not self.live and now >= self.due_at

    def is_overdue(self, now: datetime) -> bool:
        return not self.live and now >= self.due_at + GRACE


def period() -> timedelta:
    """Between two drills."""
    return timedelta(days=conf.DRILL_EVERY_DAYS)


def places(now: datetime) -> list[Place]:
    """Every place that may have drills and had a canary lately; the first drill is due a period
    after its first canary."""
    if not conf.DRILL_ENVIRONMENTS:
        return []
    named = {"environment__in": conf.DRILL_ENVIRONMENTS}
    drills = Drill.objects.filter(**named).order_by()
    last = _called(drills.filter(state__in=MADE))
    passed = _called(drills.filter(state=State.PASSED.value))
    live = _called(drills.filter(state__in=LIVE))
    return [
        Place(*at, last.get(at), passed.get(at), last.get(at, first) + period(), at in live)
        for at, first in _first_canaries(now)
    ]


def _first_canaries(now: datetime) -> list[tuple[tuple[str, str], datetime]]:
    rows = Deployment.objects.filter(
        environment__in=conf.DRILL_ENVIRONMENTS,
        strategy__in=suitable.SPLIT,
        started_at__isnull=False,
    )
    rows = rows.order_by("environment", "service").values_list("environment", "service")
    found = rows.annotate(first=Min("started_at"), newest=Max("started_at"))
    edge = now - FORGOTTEN_AFTER * period()
    return [((env, name), first) for env, name, first, newest in found if newest > edge]


def _called(drills: QuerySet[Any]) -> dict[tuple[str, str], datetime]:
    """When the newest of ``drills`` was called for, by place."""
    rows = drills.values_list("environment", "service").annotate(at=Max("called_at"))
    return {(environment, service): at for environment, service, at in rows}


def see_to_it() -> None:
    """Announce a drill where one is due and a deployment is fit for it, and remind people where it
    is overdue."""
    now = clock.now()
    for place in places(now):
        if not place.is_due(now):
            continue
        deployment = _fit(place) if begins_by_itself(now) else None
        if deployment is not None:
            _announce(deployment)
        elif place.is_overdue(now):
            remind(place, now)


def _announce(deployment: Deployment) -> None:
    try:
        operations.announce(deployment.pk, actor=ACTOR)
    except Refused as refusal:  # it moved meanwhile: the next turn looks again
        logger.info("No drill of %s is announced: %s", deployment.pk, refusal)


def begins_by_itself(now: datetime) -> bool:
    """Whether these are hours in which drills do."""
    if not conf.DRILL_HOURS:
        return False
    spans = weekly.parse(conf.DRILL_HOURS)
    return times.Times(None, None, spans, times.zone(settings.TIME_ZONE)).hold(now)


def remind(place: Place, now: datetime) -> bool:
    """Tell people once a period that a drill is overdue; whether they were told now."""
    at = {"environment": place.environment, "service": place.service}
    since = max(place.due_at, now - period())
    with database.atomic():
        if Event.objects.filter(kind=OVERDUE, at__gt=since, **at).exists():
            return False
        events.record(
            OVERDUE,
            subject=("drills", f"{place.environment}/{place.service}"),
            actor=ACTOR,
            code="drill_overdue" if place.last else "drill_never",
            params={**at, "days": (now - (place.last or place.due_at)).days},
            **at,
        )
    return True


def _fit(place: Place) -> Deployment | None:
    """The deployment there that could be rehearsed now."""
    rows = Deployment.objects.filter(
        environment=place.environment, service=place.service, state=Stage.OBSERVING.value
    )
    found: Deployment | None = rows.first()
    return None if found is None or suitable.obstacles(found) else found
