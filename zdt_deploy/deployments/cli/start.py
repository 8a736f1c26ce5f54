"""`start` and `begin`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import artifacts, machine
from zdt_deploy.deployments.artifacts import Shipped
from zdt_deploy.deployments.cli import choose, plan, show, steer
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.freezes import emergencies
from zdt_deploy.freezes.cli import emergency
from zdt_deploy.freezes.people import Who
from zdt_deploy.preflight import at_start


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "version", metavar="VERSION", help="The new release; a process of it must be running."
    )
    arguments.place(parser)
    plan.add_arguments(parser)
    parser.add_argument(
        "--from", dest="previous", metavar="VERSION", help="The stable release, if zdt can't tell."
    )
    parser.add_argument(
        "--artifact",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="A file that is shipped, or NAME=sha256:HEX. Again for each.",
    )
    arguments.reason(parser)
    parser.add_argument("--hold", action="store_true", help="Only record it; `begin` goes on.")
    parser.add_argument(
        "--emergency",
        action="store_true",
        help="Record it, and ask another person to let it pass freezes and skip observation.",
    )
    emergency.add_by(parser)
    _add_agreements(parser)


def add_begin_arguments(parser: CommandParser) -> None:
    steer.add_arguments(parser)
    _add_agreements(parser)


def _add_agreements(parser: CommandParser) -> None:
    parser.add_argument(
        "--close-window",
        action="store_true",
        help="Agree to close the way back of the deployment before.",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="Override what is asked of the stable release. It goes into the record.",
    )


def run(command: ZdtCommand, options: dict[str, Any]) -> int:
    wanted, shipped = _read(command, options)
    said: dict[str, Any] = {
        **choose.place(options),
        "version": options["version"],
        "plan": wanted,
        "reason": options["reason"],
        "artifacts": shipped,
        "previous_version": options["previous"],
        "hold": options["hold"],
        "close_window": options["close_window"],
        "force": options["force"],
    }
    if options["emergency"]:
        return _started(command, emergencies.start(Who.shell(options["by"]), **said))
    return _started(command, machine.start(actor=Actor.shell(), **said))


def run_begin(command: ZdtCommand, options: dict[str, Any]) -> int:
    deployment = machine.begin(
        choose.pending(command, options).pk,
        actor=Actor.shell(),
        reason=options["reason"],
        expected_revision=options["expect_revision"],
        close_window=options["close_window"],
        force=options["force"],
    )
    return _started(command, deployment)


def _read(command: ZdtCommand, options: dict[str, Any]) -> tuple[Plan, list[Shipped]]:
    """What the command line says; what cannot be read is wrong usage."""
    try:
        return plan.chosen(options), [artifacts.read(text) for text in options["artifact"]]
    except Refused as refusal:
        command.fail(str(refusal), 2, refusal.code, refusal.params)


def _started(command: ZdtCommand, deployment: Deployment) -> int:
    at = f"{deployment.service} in {deployment.environment}"
    command.say(f"{deployment.pk} ({at}), from {deployment.previous_version}, the stable release")
    show.show(command, deployment)
    if told := at_start.in_one_line(deployment):
        command.say(told)
    return 0
