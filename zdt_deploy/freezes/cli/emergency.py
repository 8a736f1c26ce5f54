"""`emergency`, `approve`, `decline` and `review` of `manage.py zdt_deployment`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_deploy.deployments.cli import choose
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State
from zdt_deploy.freezes import emergencies, shape
from zdt_deploy.freezes.models import Emergency
from zdt_deploy.freezes.people import Who

ANSWERS = "{id, emergency}"


def add_request_arguments(parser: CommandParser) -> None:
    choose.add_id(parser)
    arguments.reason(parser)
    add_by(parser)


def add_answer_arguments(parser: CommandParser) -> None:
    choose.add_id(parser)
    arguments.reason(parser)


def add_by(parser: CommandParser) -> None:
    parser.add_argument(
        "--by",
        default="",
        metavar="LOGIN",
        help="Who asks, where the login of this shell is one that people share.",
    )


def request(command: ZdtCommand, options: dict[str, Any]) -> int:
    deployment = choose.pending(command, options)
    emergencies.request(deployment.pk, Who.shell(options["by"]), reason=options["reason"])
    return _told(command, deployment)


def approve(command: ZdtCommand, options: dict[str, Any]) -> int:
    deployment = _waiting(command, options, approved_at=None)
    emergencies.approve(deployment.pk, Who.shell(), reason=options["reason"])
    _told(command, deployment)
    if deployment.state == State.PENDING:
        command.say("Begin it now: manage.py zdt_deployment begin")
    return 0


def decline(command: ZdtCommand, options: dict[str, Any]) -> int:
    deployment = _waiting(command, options, approved_at=None)
    row = emergencies.decline(deployment.pk, Actor.shell(), reason=options["reason"])
    command.say(shape.describe(row))
    command.answer({"id": deployment.pk, "emergency": None})
    return 0


def review(command: ZdtCommand, options: dict[str, Any]) -> int:
    deployment = _waiting(command, options, approved_at__isnull=False, reviewed_at=None)
    emergencies.review(deployment.pk, Who.shell(), reason=options["reason"])
    return _told(command, deployment)


def _waiting(command: ZdtCommand, options: dict[str, Any], **stage: Any) -> Deployment:
    """The one named, else the newest whose emergency waits for this, else as `begin` chooses."""
    if not options["id"]:
        at = {f"deployment__{name}": value for name, value in choose.place(options).items()}
        rows = Emergency.objects.filter(declined_at=None, **at, **stage)
        newest = rows.order_by("-id").first()
        if newest is not None:
            options = {**options, "id": newest.deployment_id}
    return choose.pending(command, options)


def _told(command: ZdtCommand, deployment: Deployment) -> int:
    deployment.refresh_from_db()
    row = emergencies.of(deployment)
    if row is not None:
        command.say(f"{deployment.pk}: {shape.describe(row)}")
    command.answer({"id": deployment.pk, "emergency": shape.emergency(deployment)})
    return 0
