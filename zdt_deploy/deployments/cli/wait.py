"""`wait`: for pipelines that go on when everyone is on the new release."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError, InterfaceError

from zdt_core import database
from zdt_core.commands import ZdtCommand
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import durations, outcomes, progress, sentences
from zdt_deploy.deployments.cli import choose, shape
from zdt_deploy.deployments.models import Deployment

EVERY_SECONDS = 1.0


def add_arguments(parser: CommandParser) -> None:
    choose.add_id(parser)
    parser.add_argument(
        "--until",
        choices=list(outcomes.REACHED),
        default="baking",
        help="baking: everyone is on the release (default); completed: the way back is closed.",
    )
    parser.add_argument("--timeout", default="4h", help="Give up after this long; 4h by default.")


def run(command: ZdtCommand, options: dict[str, Any]) -> int:
    try:
        timeout = durations.parse(options["timeout"])
    except Refused as refusal:
        command.fail(str(refusal), 2, refusal.code, refusal.params)
    deployment = choose.deployment(command, options)
    with command.progress() as shown:
        show = shown.at if shown.is_live else _unseen
        ended = follow(deployment.pk, options["until"], timeout, shown.say, show=show)
    if ended is None:
        command.fail(
            f"{deployment.pk} was not {options['until']} within {options['timeout']}. "
            "See `manage.py zdt_deployment status`.",
            2,
            "time_is_up",
            {"timeout": timeout},
        )
    command.answer(shape.as_json(ended))
    return 0 if outcomes.succeeded(ended.state, options["until"]) else 1


def _unseen(share: float, text: str) -> None:
    """Logs hold what is new, nothing else."""


def follow(
    deployment_id: str,
    until: str,
    timeout: float,
    say: Callable[[str], object],
    pause: Callable[[float], object] = time.sleep,
    show: Callable[[float, str], object] = _unseen,
) -> Deployment | None:
    """The deployment once it is ``until`` or lost; None when ``timeout`` seconds are over.

    Says a line whenever something is new, shows at each look how far it is, and bears an absence
    of the database.
    """
    deadline = time.monotonic() + timeout
    said: Any = None
    while True:
        deployment, news, lines = _look(deployment_id)
        if news != said:
            said = news
            for line in lines:
                say(line)
        if deployment:
            show(float(progress.share_of(deployment)) / 100, _where(deployment))
        if deployment and outcomes.succeeded(deployment.state, until) is not None:
            return deployment
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        pause(min(EVERY_SECONDS, left))


def _where(deployment: Deployment) -> str:
    region = progress.step_of(deployment).region
    where = f" in {region}" if region else ""
    return f"of users{where} on {deployment.version}, {deployment.state}"


def _look(deployment_id: str) -> tuple[Deployment | None, Any, list[str]]:
    """The deployment, a value that differs when something is new, and the lines that say it."""
    try:
        deployment: Deployment = Deployment.objects.get(pk=deployment_id)
        verdict = shape.last_verdict(deployment)
        lines = [f"{deployment.state}: {sentences.describe(deployment)}"]
    except (DatabaseError, InterfaceError) as error:
        database.connection().close()
        return None, type(error), ["The database does not answer; trying again."]
    if verdict is not None:
        lines.append(f"  {shape.verdict_line(verdict)}")
    return deployment, (deployment.revision, verdict and verdict.slot), lines
