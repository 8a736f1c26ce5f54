"""`verify` and `advance`: the words that move a change."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_deploy.schema import contracting, standing, steering
from zdt_deploy.schema.cli import choose, show


def add_arguments(parser: CommandParser) -> None:
    choose.add_key(parser, needed=True)
    arguments.reason(parser)


def add_verify_arguments(parser: CommandParser) -> None:
    add_arguments(parser)
    parser.add_argument(
        "--repair",
        action="store_true",
        help="First put the trigger back and fill what is not equal, from the side in use.",
    )


def add_advance_arguments(parser: CommandParser) -> None:
    add_arguments(parser)
    parser.add_argument(
        "--force",
        action="store_true",
        help="Override who may need the old shape, and the time of observation, never the proof; "
        "needs --reason.",
    )


def verify(command: ZdtCommand, options: dict[str, Any]) -> int:
    change = choose.change(options)
    act = steering.repair if options["repair"] else steering.verify
    act(change, actor=Actor.shell(), reason=options["reason"])
    change.refresh_from_db()
    command.say(f"{change.key}: {standing.describe(change)}")
    command.answer(standing.facts(change))
    return 0


def advance(command: ZdtCommand, options: dict[str, Any]) -> int:
    change = choose.change(options)
    contracting.contract(
        change, actor=Actor.shell(), force=options["force"], reason=options["reason"]
    )
    change.refresh_from_db()
    show.show(command, change)
    return 0
