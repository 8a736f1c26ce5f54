"""`verify` and `advance`: the words that move a change."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_deploy.schema import contracting, filling, standing, steering
from zdt_deploy.schema.cli import choose, show


def add_arguments(parser: CommandParser) -> None:
    choose.add_key(parser, needed=True)
    arguments.reason(parser)


def add_verify_arguments(parser: CommandParser) -> None:
    add_arguments(parser)
    parser.add_argument(
        "--repair",
        action="store_true",
        help="First put the trigger back; before the switch, fill what is not equal from the old "
        "columns, too.",
    )
    parser.add_argument(
        "--take",
        choices=(filling.OLD, filling.NEW),
        help="After the switch, with --repair: the columns whose values are right where both "
        "differ. The others are overwritten. Needs --reason.",
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
    actor, reason = Actor.shell(), options["reason"]
    if options["repair"]:
        steering.repair(change, actor=actor, reason=reason, truth=options["take"])
    elif options["take"]:
        command.fail("--take says what --repair fills from: add --repair, or leave it out.", 2)
    else:
        steering.verify(change, actor=actor, reason=reason)
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
