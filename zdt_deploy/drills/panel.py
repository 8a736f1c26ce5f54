"""Drills on a deployment's page, and those that are overdue on the overview."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core.console import links, needs, panels
from zdt_core.console.board import Board
from zdt_core.console.needs import Need
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL
from zdt_deploy.drills import due, shape, suitable
from zdt_deploy.drills.conf import conf
from zdt_deploy.drills.desk import RUN
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import LIVE, State

needs.told_here.add("drill_overdue")


@panels.panel("deployment", _("Rollback drill"), "zdt_deploy/drills/drill.html", order=60)
def drill(request: HttpRequest, deployment: Deployment) -> dict[str, Any] | None:
    """The drill of this deployment, or the way to begin one; nothing where none may be made."""
    allowed = deployment.environment in conf.DRILL_ENVIRONMENTS
    if not allowed or deployment.strategy not in suitable.SPLIT:
        return None
    if not links.may_view(request, Drill):
        return None
    row = Drill.objects.filter(deployment=deployment).first()
    over = deployment.state in FINAL or (row is not None and row.state in LIVE)
    if row is None and over:
        return None
    return {
        "row": row,
        "look": shape.LOOKS[State(row.state)] if row else "",
        "sentence": shape.describe(row) if row else "",
        "url": links.to(request, Drill, row.pk) if row else "",
        **({} if over else _way(request, deployment)),
    }


def _way(request: HttpRequest, deployment: Deployment) -> dict[str, Any]:
    """The address of the form, or what keeps a drill from beginning now."""
    user: Any = request.user
    found = suitable.obstacles(deployment)
    may = user.has_perm(RUN) and not found
    return {
        "obstacle": str(found[0]) if found else "",
        "begin": links.to(request, Drill, page="add") if may else "",
        "deployment": deployment,
    }


@needs.source
def overdue(request: HttpRequest, board: Board) -> Iterable[Need]:
    """Places where going back should have been rehearsed by now."""
    if not conf.DRILL_ENVIRONMENTS or not links.may_view(request, Drill):
        return
    now = clock.now()
    for place in due.places(now):
        if place.is_overdue(now):
            text = f"{place.service}, {place.environment}: {shape.of_place(place, now)}"
            yield Need("warn", text, links.to(request, Drill))
