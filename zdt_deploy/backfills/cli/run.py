"""`run`: start a backfill that an app declares, or say what it would take."""

from __future__ import annotations

import shlex
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_deploy import backfills
from zdt_deploy.backfills import kinds, operations, planning
from zdt_deploy.backfills.cli import choose, estimate, pacing, show, wait
from zdt_deploy.backfills.models import Backfill


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help="A backfill that an app declares; see `list`.")
    pacing.add_lanes(parser)
    pacing.add_arguments(parser)
    pacing.add_always(parser)
    parser.add_argument(
        "--on-error",
        choices=operations.ON_ERROR,
        help="fail stops a range at the first row that cannot be done; collect notes the row and "
        "goes on.",
    )
    arguments.reason(parser)
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="Change nothing: say how many rows there are and how long they take at each pacing.",
    )
    parser.add_argument("--wait", action="store_true", help="Show how it goes until it is over.")
    wait.add_timeout(parser)


def run(command: ZdtCommand, options: dict[str, Any]) -> int:
    timeout = wait.timeout_of(command, options)
    paced = pacing.read_change(command, options)
    under_way = operations.live(options["name"])
    declared = choose.declared(options["name"])
    declared.check()
    if options["lanes"] is not None:
        operations.check_lanes(options["lanes"])
    if under_way is None:
        planning.examined(kinds.make(declared.kind, declared.spec), declared.table, declared.alias)
    if options["dry_run"]:
        return estimate.show(command, declared, declared.paced(paced), options["lanes"])
    started = backfills.start_declared(
        declared.name,
        actor=Actor.shell(),
        reason=options["reason"],
        pacing=paced,
        lanes=options["lanes"],
        on_error=options["on_error"],
    )
    if under_way is not None:
        _say_what_stays(command, started, pacing.typed(options))
    if options["wait"]:
        return wait.to_the_end(command, started, timeout, options["timeout"])
    show.brief(command, started)
    command.say(f"Follow it with `manage.py zdt_backfill wait {started.name}`.")
    return 0


def _say_what_stays(command: ZdtCommand, started: Backfill, given: str) -> None:
    text = f"{started.name} is under way already, as number {started.pk}; nothing was changed. "
    change = f"manage.py zdt_backfill pace {shlex.quote(started.name)}"
    if given:
        command.say(text + f"{given} was not taken. Change it by `{change} {given}`.")
    else:
        command.say(text + f"Change its pacing by `{change}`.")
