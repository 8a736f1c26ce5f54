"""The words that change a backfill that has been started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_deploy import backfills
from zdt_deploy.backfills.cli import choose, pacing, show
from zdt_deploy.backfills.models import Backfill


def add_arguments(parser: CommandParser) -> None:
    choose.add_name(parser)
    arguments.reason(parser)


def doing(operation: Callable[..., Backfill]) -> Callable[[ZdtCommand, dict[str, Any]], int]:
    """The function of a word that does ``operation``."""

    def run(command: ZdtCommand, options: dict[str, Any]) -> int:
        changed = operation(choose.backfill(options), actor=Actor.shell(), reason=options["reason"])
        show.brief(command, changed)
        return 0

    return run


def add_pace_arguments(parser: CommandParser) -> None:
    add_arguments(parser)
    pacing.add_arguments(parser)
    pacing.add_always(parser)
    pacing.add_lanes(parser)


def pace(command: ZdtCommand, options: dict[str, Any]) -> int:
    paced = pacing.read_change(command, options)
    if paced is None and options["lanes"] is None:
        command.fail("Say how: --pacing, --rows, --pause-ms, --window or --lanes.", 2)
    changed = backfills.set_pacing(
        choose.backfill(options),
        paced,
        lanes=options["lanes"],
        actor=Actor.shell(),
        reason=options["reason"],
    )
    show.brief(command, changed)
    return 0
