"""`status` and `list`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.deployments import progress, sentences
from zdt_deploy.deployments.cli import choose, shape
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import By, Event, State, allowed

_HEADS = ("ID", "SERVICE", "ENVIRONMENT", "VERSION", "FROM", "STATE", "SHARE", "BY")
_WORDS = {
    Event.START: "begin",
    Event.PROMOTE: "advance",
    Event.ROLL_BACK: "rollback",
    Event.FINISH_ROLLBACK: "settle",
}
"""What the command calls an event, where it is not the event's own name."""
add_arguments = choose.add_id


def add_list_arguments(parser: CommandParser) -> None:
    choose.add_place(parser)
    parser.add_argument("--all", action="store_true", help="Of every service and environment.")
    parser.add_argument("--limit", type=int, default=20, help="How many; 20 by default.")


def status(command: ZdtCommand, options: dict[str, Any]) -> int:
    deployment = choose.deployment(command, options)
    show(command, deployment)
    events = allowed(State(deployment.state), By.PERSON)
    words = dict.fromkeys(_WORDS.get(event, event.value) for event in events)
    possible = ", ".join(words) or "nothing"
    command.say(f"Possible now: {possible}. Revision {deployment.revision}.")
    return 0


def show(command: ZdtCommand, deployment: Deployment) -> None:
    """The deployment's sentence and its last verdict, or all of it as JSON."""
    command.say(sentences.describe(deployment))
    line = shape.verdict_line(shape.last_verdict(deployment))
    if line:
        command.say(line)
    command.answer(shape.as_json(deployment))


def list_(command: ZdtCommand, options: dict[str, Any]) -> int:
    if options["limit"] < 1:
        command.fail("--limit must be 1 or more.", 2)
    rows = Deployment.objects.order_by("-created_at", "-id")
    if not options["all"]:
        rows = rows.filter(**choose.place(options))
    found = list(rows[: options["limit"]])
    _table(command, [_HEADS, *map(_cells, found)])
    command.answer({"deployments": [shape.as_json(deployment) for deployment in found]})
    return 0


def _cells(deployment: Deployment) -> tuple[str, ...]:
    return (
        deployment.pk, deployment.service, deployment.environment, deployment.version,
        deployment.previous_version, deployment.state,
        f"{progress.share_of(deployment):f} %", deployment.started_by,
    )  # fmt: skip


def _table(command: ZdtCommand, rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        command.say("  ".join(cells).rstrip())
