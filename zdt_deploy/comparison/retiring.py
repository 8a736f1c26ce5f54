"""When the old release of a deployment may be retired, and what still holds it or waits for it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core import fleet
from zdt_core.console import links, panels
from zdt_core.exceptions import Unavailable
from zdt_core.fleet import Standing
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL, State
from zdt_deploy.schema import shapes
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import OPEN

SHOWN_FOR = timedelta(days=14)
"""After its end a deployment's page says nothing more of it, unless something is left to do."""


@panels.panel(
    "deployment", gettext_lazy("The old release"), "zdt_deploy/comparison/retiring.html", order=45
)
def retiring(request: HttpRequest, deployment: Deployment) -> dict[str, Any] | None:
    """Whether the old release has to be kept, may go, or is gone."""
    if deployment.state not in (State.BAKING, State.COMPLETED):
        return None
    processes = _processes(deployment)
    if not processes and _is_past(deployment, clock.now()):
        return None
    sessions, needed = _sessions(deployment), _needed_by(deployment)
    is_there = bool(processes or sessions or sessions is None)
    kept = deployment.state == State.BAKING
    return {
        "deployment": deployment,
        "release": deployment.previous_version,
        "kept": kept,
        "look": "busy" if kept else "warn" if needed else "good",
        "badge": _badge(kept, is_there, bool(needed)),
        "processes": processes,
        "sessions": sessions,
        "waiting": _waiting(request, deployment) if is_there else [],
        "needed": [(each, links.to(request, Deployment, each.pk)) for each in needed],
    }


def _badge(kept: bool, alive: bool, needed: bool) -> str:
    if kept:
        return _("kept")
    if needed:
        return _("needed elsewhere")
    return _("may be retired") if alive else _("retired")


def _is_past(deployment: Deployment, now: datetime) -> bool:
    return deployment.finished_at is not None and deployment.finished_at < now - SHOWN_FOR


def _processes(deployment: Deployment) -> list[dict[str, Any]]:
    """What is live or silent of it, by role, region and standing."""
    members = fleet.members(
        environment=deployment.environment,
        service=deployment.service,
        release=deployment.previous_version,
        departed=False,
    )
    there = (m for m in members if m.standing is not Standing.GONE)
    counted = Counter((m.role, m.region, m.standing.value) for m in there)
    return [
        {"role": role, "region": region, "standing": standing, "number": number}
        for (role, region, standing), number in sorted(counted.items())
    ]


def _sessions(deployment: Deployment) -> int | None:
    """PostgreSQL sessions of it that no process of the fleet explains; None if not readable."""
    try:
        found = fleet.strangers()
    except (Unavailable, DatabaseError):
        return None
    return sum(each.count for each in found if each.release == deployment.previous_version)


def _waiting(request: HttpRequest, deployment: Deployment) -> list[tuple[str, str]]:
    """Schema changes whose contract waits until it is gone, with the addresses of their pages."""
    old = (deployment.service, deployment.previous_version)
    changes = SchemaChange.objects.filter(phase__in=sorted(OPEN)).order_by("pk")
    return [
        (change.key, links.to(request, SchemaChange, change.pk))
        for change in changes
        if old not in shapes.known_by(change)
    ]


def _needed_by(deployment: Deployment) -> list[Deployment]:
    """Other deployments that may send users to it."""
    rows = Deployment.objects.filter(
        Q(version=deployment.previous_version) | Q(previous_version=deployment.previous_version),
        environment=deployment.environment,
        service=deployment.service,
    )
    return list(rows.exclude(state__in=FINAL).exclude(pk=deployment.pk).order_by("pk"))
