"""The part of GET /zdt/metrics that is about rollback drills."""

from __future__ import annotations

from zdt_core.conf import conf
from zdt_core.metering.collecting import collector
from zdt_core.metering.families import Family, Point, Shown
from zdt_deploy.canary.router import service
from zdt_deploy.deployments import clock
from zdt_deploy.drills import due
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import MADE

_OF = ("environment", "service")


@collector(
    "drills",
    Family(
        "zdt_drill_passed_age_seconds",
        "gauge",
        "Seconds since the last rollback drill that held its goals; missing where none did.",
        _OF,
    ),
    Family(
        "zdt_drill_overdue_seconds",
        "gauge",
        "Seconds since a rollback drill should have been made; 0 before that, missing where none "
        "is to be made.",
        _OF,
    ),
    Family(
        "zdt_drill_seconds",
        "gauge",
        "Seconds that the last rollback drill took; missing where nobody saw it.",
        (*_OF, "point"),
    ),
)
def drills() -> Shown:
    """How fresh the last drill is, and how quick it was."""
    of = (conf.ENVIRONMENT, service())
    now = clock.now()
    here = [place for place in due.places(now) if (place.environment, place.service) == of]
    last = Drill.objects.filter(environment=of[0], service=of[1], state__in=MADE).first()
    return {
        "zdt_drill_passed_age_seconds": [
            Point(of, (now - place.passed).total_seconds()) for place in here if place.passed
        ],
        "zdt_drill_overdue_seconds": [
            Point(
                of, max(0.0, (now - place.due_at).total_seconds()) if place.is_overdue(now) else 0
            )
            for place in here
        ],
        "zdt_drill_seconds": [
            Point((*of, each.point.value), each.seconds)
            for each in (last.taken() if last else [])
            if each.seconds is not None
        ],
    }
