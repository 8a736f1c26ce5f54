"""Which deployment's checklist is meant: the one named, the one under way, or a planned release."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core import identity
from zdt_core.commands import ZdtCommand, arguments
from zdt_core.exceptions import Refused
from zdt_deploy.deployments.cli import choose, plan
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL
from zdt_deploy.preflight import planned


def add_deployment(parser: CommandParser) -> None:
    parser.add_argument(
        "--deployment",
        dest="id",
        metavar="ID",
        help="The deployment; by default the one recorded with --hold, else the one under way.",
    )
    arguments.place(parser)


def add_planned(parser: CommandParser) -> None:
    choose.add_id(parser)
    parser.add_argument(
        "--release", metavar="VERSION", help="A release that is only planned, and not recorded."
    )
    parser.add_argument(
        "--from", dest="previous", metavar="VERSION", help="Its stable release, if zdt can't tell."
    )
    plan.add_arguments(parser)


def subject(command: ZdtCommand, options: dict[str, Any]) -> Deployment:
    """The deployment named or under way; else the planned release, this code's by default."""
    at = choose.place(options)
    if options["id"]:
        return choose.pending(command, options)
    if options["release"] is None and _is_under_way(at):
        return choose.pending(command, options)
    return _planned(command, options, at)


def _is_under_way(at: dict[str, str]) -> bool:
    """Whether there is one that has not ended, or this code's own, which is looked back at."""
    rows = Deployment.objects.filter(**at)
    if rows.exclude(state__in=FINAL).exists():
        return True
    newest = rows.order_by("-created_at", "-id").first()
    return newest is not None and newest.version == identity.release()


def _planned(command: ZdtCommand, options: dict[str, Any], at: dict[str, str]) -> Deployment:
    version = options["release"] or identity.release()
    try:
        found = planned.release(
            version, **at, plan=plan.chosen(options), previous=options["previous"]
        )
    except Refused as refusal:
        command.fail(str(refusal), 2, refusal.code, refusal.params)
    command.say(f"{version} of {at['service']} in {at['environment']}, which is not recorded yet")
    return found
