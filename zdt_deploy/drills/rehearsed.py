"""What the checklist is told: whether going back was rehearsed lately."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zdt_deploy.deployments import clock
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State as Stage
from zdt_deploy.drills import due
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import MADE, Point, State, rounded
from zdt_deploy.drills.rehearsing import ROLLS_BACK
from zdt_deploy.preflight.results import Seen, failed, passed, unknown


def seen(deployment: Deployment) -> Seen:
    """The newest drill of its service, one in its own environment before others.

    Where there is none lately, a rollback that happened counts; and where there was neither, only a
    person can tell.
    """
    now, lasts = clock.now(), due.period() + due.GRACE
    drill = _newest(deployment)
    is_fresh = drill is not None and _called(drill) > now - lasts
    if drill is not None and is_fresh and drill.state != State.UNSEEN:
        return _of(drill)
    back = _went_back(deployment, now - lasts)
    if back is not None:
        return passed("preflight_went_back", version=back.version, id=back.pk)
    if drill is None:
        return unknown("preflight_not_rehearsed", days=lasts.days)
    if is_fresh:
        return unknown("preflight_drill_unseen", **_facts(drill))
    days = {"days": (now - _called(drill)).days, "most": lasts.days}
    return failed("preflight_drill_old", **_facts(drill), **days)


def _of(drill: Drill) -> Seen:
    if drill.state == State.PASSED:
        return passed("preflight_drill_passed", **_facts(drill))
    return failed("preflight_drill_failed", **_facts(drill))


def _facts(drill: Drill) -> dict[str, Any]:
    return {
        "drill": drill.pk,
        "environment": drill.environment,
        "seconds": rounded(drill.seconds(Point.STABLE)),
        "cause": drill.code,
        "cause_params": drill.params,
    }


def _newest(deployment: Deployment) -> Drill | None:
    rows = Drill.objects.filter(service=deployment.service, state__in=MADE).order_by("-id")
    found: Drill | None = rows.filter(environment=deployment.environment).first() or rows.first()
    return found


def _called(drill: Drill) -> datetime:
    return drill.called_at or drill.created_at


def _went_back(deployment: Deployment, since: datetime) -> Deployment | None:
    """The last rollback there that was no drill."""
    at = {"environment": deployment.environment, "service": deployment.service}
    back = Deployment.objects.filter(**at, state=Stage.ROLLED_BACK.value, finished_at__gt=since)
    found: Deployment | None = back.exclude(code=ROLLS_BACK).order_by("-finished_at").first()
    return found
