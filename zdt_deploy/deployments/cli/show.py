"""`status` and `list`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_deploy.deployments import clock, durations, looks, progress, sentences, unwatched
from zdt_deploy.deployments.cli import choose, shape
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import ACTIVE, Event
from zdt_deploy.freezes import shape as freezes

_HEADS = ("ID", "SERVICE", "ENVIRONMENT", "VERSION", "FROM", "STATE", "SHARE", "BY")
_NOBODY = "Nobody has judged it for {}. Start zdt_worker and zdt_ticker; zdt_doctor says more."
_WORDS = {
    Event.START: "begin",
    Event.PROMOTE: "advance",
    Event.ROLL_BACK: "rollback",
    Event.RETREAT: "rollback --region",
    Event.FINISH_ROLLBACK: "settle",
}
"""What the command calls an event, where it is not the event's own name."""
add_arguments = choose.add_id


def add_list_arguments(parser: CommandParser) -> None:
    arguments.place(parser)
    parser.add_argument("--all", action="store_true", help="Of every service and environment.")
    arguments.limit(parser, 20)


def status(command: ZdtCommand, options: dict[str, Any]) -> int:
    deployment = choose.deployment(command, options)
    show(command, deployment)
    events = shape.possible(deployment)
    words = dict.fromkeys(_WORDS.get(event, event.value) for event in events)
    possible = ", ".join(words) or "nothing"
    command.say(f"Possible now: {possible}. Revision {deployment.revision}.")
    return 0


def show(command: ZdtCommand, deployment: Deployment) -> None:
    """The deployment's sentence and its last verdict, or all of it as JSON."""
    command.say(command.paint(looks.of_state(deployment.state), sentences.describe(deployment)))
    if deployment.state in ACTIVE and (shares := shape.region_line(deployment)):
        command.say(shares)
    verdict = shape.last_verdict(deployment)
    line = shape.verdict_line(verdict)
    if line:
        command.say(line)
    if deployment.state in ACTIVE:
        unseen = unwatched.seconds(deployment, verdict and verdict.at, clock.now())
        if unseen is not None:
            command.say(command.paint("bad", _NOBODY.format(durations.rounded(unseen))))
    for look, sentence in freezes.told(deployment):
        command.say(command.paint(look, sentence))
    command.answer(shape.as_json(deployment))


def list_(command: ZdtCommand, options: dict[str, Any]) -> int:
    rows = Deployment.objects.order_by("-created_at", "-id")
    if not options["all"]:
        rows = rows.filter(**choose.place(options))
    found = list(rows[: options["limit"]])
    if found:
        shades = [looks.of_state(deployment.state) for deployment in found]
        command.table(_HEADS, [_cells(deployment) for deployment in found], shades)
    else:
        where = (
            ""
            if options["all"]
            else " to {service} in {environment}".format(**choose.place(options))
        )
        command.say(
            f"Nothing has been deployed{where}. Start with: manage.py zdt_deployment start VERSION"
        )
    command.answer({"deployments": [shape.as_json(deployment) for deployment in found]})
    return 0


def _cells(deployment: Deployment) -> tuple[str, ...]:
    return (
        deployment.pk, deployment.service, deployment.environment, deployment.version,
        deployment.previous_version, deployment.state,
        f"{progress.share_of(deployment):f} %", deployment.started_by,
    )  # fmt: skip
