"""`gate`: for pipelines and orchestrators that replace processes batch by batch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError, InterfaceError

from zdt_core import database
from zdt_core.commands import ZdtCommand
from zdt_core.exceptions import Refused
from zdt_core.gates import Answer
from zdt_deploy.deployments import batches, durations
from zdt_deploy.deployments.batches import Batch
from zdt_deploy.deployments.cli import choose
from zdt_deploy.deployments.models import Deployment

ANSWERS = "{id, state, answer, code, params, sentence, most, over, fleet}"
EVERY_SECONDS = 2.0
_EXITS = {Answer.OPEN: 0, Answer.CLOSED: 1, Answer.UNKNOWN: 2}
_LOOKS = {Answer.OPEN: "good", Answer.CLOSED: "warn", Answer.UNKNOWN: "bad"}


def add_arguments(parser: CommandParser) -> None:
    choose.add_id(parser)
    parser.add_argument(
        "--wait",
        metavar="2h",
        help="Ask again until it opens or is over, for this long at most.",
    )


def run(command: ZdtCommand, options: dict[str, Any]) -> int:
    try:
        timeout = durations.parse(options["wait"]) if options["wait"] else 0.0
    except Refused as refusal:
        command.fail(str(refusal), 2, refusal.code, refusal.params)
    deployment = choose.deployment(command, options)
    batch = follow(deployment.pk, timeout, command.say)
    command.say(command.paint(_LOOKS[batch.answer], f"{batch.answer}: {batch.finding}"))
    deployment.refresh_from_db()
    command.answer(shape(deployment, batch))
    return _EXITS[batch.answer]


def follow(
    deployment_id: str,
    timeout: float,
    say: Callable[[str], object],
    pause: Callable[[float], object] = time.sleep,
) -> Batch:
    """The gate's answer once it is open or over, or ``timeout`` seconds have passed.

    Says what keeps it shut whenever that is something else. An absence of the database is borne
    while there is time.
    """
    deadline, said = time.monotonic() + timeout, ""
    while True:
        left = deadline - time.monotonic()
        try:
            batch = batches.ask(Deployment.objects.get(pk=deployment_id))
        except (DatabaseError, InterfaceError):
            if left <= 0:
                raise
            database.connection().close()
            batch = None
        if batch is not None and (batch.verdict.is_open or batch.is_over or left <= 0):
            return batch
        code = batch.finding.code if batch else "away"
        if code != said:
            said = code
            say(str(batch.finding) if batch else "The database does not answer; trying again.")
        pause(max(0.0, min(EVERY_SECONDS, left)))


def as_json(deployment: Deployment) -> dict[str, Any]:
    """The gate's answer now."""
    return shape(deployment, batches.ask(deployment))


def shape(deployment: Deployment, batch: Batch) -> dict[str, Any]:
    """What a pipeline may ask."""
    return {
        "id": deployment.pk,
        "state": deployment.state,
        "answer": batch.answer.value,
        "code": batch.finding.code,
        "params": batch.finding.params,
        "sentence": str(batch.finding),
        "most": batch.most,
        "over": batch.is_over,
        "fleet": batch.fleet.facts(),
    }
