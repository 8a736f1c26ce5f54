"""`tick`, `waive` and `withdraw`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_deploy.deployments.cli import choose as deployments
from zdt_deploy.preflight import reading, sentences, shapes
from zdt_deploy.preflight.cli import choose
from zdt_deploy.preflight.models import PreflightMark


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "items", nargs="+", metavar="ITEM", help="Names of items; `items` lists them."
    )
    choose.add_deployment(parser)
    arguments.reason(parser)


def doing(act: Callable[..., PreflightMark]) -> Callable[[ZdtCommand, dict[str, Any]], int]:
    """The function of a word that does ``act`` to item after item, until one is refused."""

    def run(command: ZdtCommand, options: dict[str, Any]) -> int:
        deployment = deployments.pending(command, options)
        for name in options["items"]:
            act(deployment.pk, name, actor=Actor.shell(), reason=options["reason"])
        found = reading.read(deployment)
        command.say(sentences.describe(found))
        command.answer(shapes.full(found))
        return 0

    return run
