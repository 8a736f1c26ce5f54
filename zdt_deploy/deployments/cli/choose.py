"""Which deployment is meant: the one named, else the one under way, else the latest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Case, IntegerField, Value, When

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.conf import conf
from zdt_core.exceptions import Refused
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import ACTIVE, State

Take = Callable[[ZdtCommand, dict[str, Any]], Deployment]


def add_id(parser: CommandParser) -> None:
    parser.add_argument(
        "id", nargs="?", help="The deployment; by default the one under way, else the latest."
    )
    arguments.place(parser)


def place(options: dict[str, Any]) -> dict[str, str]:
    """The service and the environment that are meant."""
    return {
        "service": options["service"] or conf.SERVICE,
        "environment": options["environment"] or conf.ENVIRONMENT,
    }


def deployment(command: ZdtCommand, options: dict[str, Any]) -> Deployment:
    """The one named, else the one under way, else the latest, said aloud. Raises Refused."""
    return _take(command, options, *ACTIVE)


def pending(command: ZdtCommand, options: dict[str, Any]) -> Deployment:
    """The one named, else the latest that is only recorded, else as `deployment`."""
    return _take(command, options, State.PENDING.value)


def _take(command: ZdtCommand, options: dict[str, Any], *first: str) -> Deployment:
    if options["id"]:
        named: Deployment | None = Deployment.objects.filter(pk=options["id"]).first()
        if named is None:
            raise Refused("no_such_deployment", id=options["id"])
        return named
    at = place(options)
    rows = Deployment.objects.filter(**at).order_by(_ranked(first), "-created_at", "-id")
    found: Deployment | None = rows.first()
    if found is None:
        raise Refused("no_deployment_here", **at)
    command.say(f"{found.pk} ({found.service} in {found.environment})")
    return found


def _ranked(first: tuple[str, ...]) -> Case:
    return Case(
        When(state__in=first, then=Value(0)),
        When(state__in=ACTIVE, then=Value(1)),
        When(state=State.BAKING.value, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
