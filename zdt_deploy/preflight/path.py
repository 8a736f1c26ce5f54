"""The path of twelve months towards releases without downtime, as far as the software can see.

Other rooms tell of a milestone by a condition of the gate `path.NAME`; the subject is the newest
deployment of the service, or a planned one where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core import identity
from zdt_deploy.deployments import stable
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import State, Strategy
from zdt_deploy.preflight import pacing, planned, reading
from zdt_deploy.preflight.registry import Item, Look, find
from zdt_deploy.preflight.results import Result, Seen, not_applicable, passed, unknown
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import Phase

_REACHED = (State.BAKING.value, State.COMPLETED.value)
_MACHINES = ("token:", "shell:")


@dataclass(frozen=True, slots=True)
class Milestone:
    """``months`` are when it is usually reached."""

    months: str
    name: str
    title: Any
    look: Look


@dataclass(frozen=True, slots=True)
class Standing:
    milestone: Milestone
    seen: Seen


def read(service: str, environment: str) -> list[Standing]:
    """Where the service stands; it only reads."""
    subject = _newest(service, environment)
    return [Standing(each, reading.look_at("path", each, subject)) for each in MILESTONES]


def _newest(service: str, environment: str) -> Deployment:
    rows = Deployment.objects.filter(service=service, environment=environment)
    found: Deployment | None = rows.order_by("-created_at", "-id").first()
    if found is not None:
        return found
    at = {"service": service, "environment": environment}
    previous = stable.last(environment, service)
    plan = Plan.default(Strategy.CANARY)
    return planned.release(identity.release(), **at, plan=plan, previous=previous)


def _item(name: str) -> Look:
    """What the checklist sees of the item."""

    def look(deployment: Deployment) -> Seen:
        item: Item | None = find(name)
        return not_applicable() if item is None else reading.look_at("preflight", item, deployment)

    return look


def _people(deployment: Deployment) -> Seen:
    return unknown("path_people")


def _reached(deployment: Deployment, **facts: Any) -> list[Deployment]:
    rows = Deployment.objects.filter(
        service=deployment.service, environment=deployment.environment, state__in=_REACHED, **facts
    )
    return list(rows.order_by("-created_at", "-id")[:20])


def _phased(deployment: Deployment) -> Seen:
    done = SchemaChange.objects.filter(phase__in=(Phase.SWITCHED.value, Phase.CONTRACTED.value))
    count = done.count()
    return passed("path_phased", n=count) if count else unknown("path_not_phased")


def _canary(deployment: Deployment) -> Seen:
    for row in _reached(deployment, strategy=Strategy.CANARY.value):
        if pacing.first_share(Plan.from_json(row.plan)).result is Result.PASSED:
            return passed("path_reached", version=row.version)
    return unknown("path_no_canary")


def _blue_green(deployment: Deployment) -> Seen:
    for row in _reached(deployment, strategy=Strategy.BLUE_GREEN.value):
        return passed("path_reached", version=row.version)
    return unknown("path_no_blue_green")


def _automated(deployment: Deployment) -> Seen:
    for row in _reached(deployment):
        if row.started_by.startswith(_MACHINES):
            return passed("path_automated", version=row.version)
    return unknown("path_by_hand")


def _shorter(deployment: Deployment) -> Seen:
    for row in _reached(deployment):
        if pacing.watched(Plan.from_json(row.plan)).result is Result.FAILED:
            return passed("path_shorter", version=row.version)
    return unknown("path_people")


MILESTONES: tuple[Milestone, ...] = (
    Milestone("1–2", "health", _("Health checks"), _item("health")),
    Milestone("1–2", "drain", _("Graceful shutdown"), _item("drain")),
    Milestone("1–2", "flags", _("Flags, on and off"), _item("flags")),
    Milestone("1–2", "metrics", _("Monitoring by release"), _item("metrics")),
    Milestone("3–4", "audit", _("Schema changes are audited"), _item("contracts")),
    Milestone("3–4", "compatible", _("Migrations leave old code alone"), _item("migrations")),
    Milestone("3–4", "old_code_tested", _("A test runs old code on the new schema"), _people),
    Milestone("3–4", "phased", _("Schema changes in several releases"), _phased),
    Milestone("5–6", "canary", _("A canary at 5 %"), _canary),
    Milestone("5–6", "rollback", _("Automatic rollback"), _item("rollback_triggers")),
    Milestone("5–6", "blue_green", _("Blue-green for critical services"), _blue_green),
    Milestone("5–6", "drills", _("A rollback drill each month"), _item("rollback_rehearsed")),
    Milestone("7–9", "api_versions", _("API versions"), _people),
    Milestone("7–9", "dual_reads", _("Dual reads while stores move"), _people),
    Milestone("7–9", "clients", _("Clients are tracked by version"), _people),
    Milestone("7–9", "partners", _("Partners know the timelines"), _people),
    Milestone("10–12", "cost", _("The cost of deployments is known"), _people),
    Milestone("10–12", "shorter", _("Observed for less long, where it is safe"), _shorter),
    Milestone("10–12", "automated", _("Pipelines deploy"), _automated),
    Milestone("10–12", "runbooks", _("Runbooks"), _people),
)
