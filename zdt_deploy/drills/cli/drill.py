"""`start`, `status`, `history` and `call-off` of `manage.py zdt_drill`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.conf import conf as core
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.cli import choose
from zdt_deploy.drills import due, operations, shape
from zdt_deploy.drills.conf import conf
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import LIVE, Point, State

HEADS = (
    "DRILL", "OUTCOME", "SERVICE", "ENVIRONMENT", "VERSION", "0 % PUBLISHED", "ROUTERS AT 0 %",
    "ALL ON STABLE", "BY", "CREATED",
)  # fmt: skip
_NOWHERE = (
    "No environment may have drills: name one, such as staging, in ZDT_DRILL_ENVIRONMENTS. See "
    "docs/how-to/rollback-drills.md."
)


def add_start_arguments(parser: CommandParser) -> None:
    choose.add_id(parser)
    arguments.reason(parser)


def add_call_off_arguments(parser: CommandParser) -> None:
    arguments.place(parser)
    arguments.reason(parser)


def add_history_arguments(parser: CommandParser) -> None:
    arguments.place(parser)
    parser.add_argument("--all", action="store_true", help="Of every service and environment.")
    arguments.limit(parser, 20)


def start(command: ZdtCommand, options: dict[str, Any]) -> int:
    deployment = choose.deployment(command, options)
    row = operations.start(deployment.pk, actor=Actor.shell(), reason=options["reason"])
    return _told(command, row)


def call_off(command: ZdtCommand, options: dict[str, Any]) -> int:
    at = choose.place(options)
    row = operations.live(**at)
    if row is None:
        raise Refused("no_drill_announced", **at)
    done = operations.call_off(row.pk, actor=Actor.shell(), reason=options["reason"])
    return _told(command, done)


def status(command: ZdtCommand, options: dict[str, Any]) -> int:
    """Where drills are due, and those that are announced or under way."""
    now = clock.now()
    if not conf.DRILL_ENVIRONMENTS:
        command.say(_NOWHERE)
    places = due.places(now)
    for place in places:
        look = shape.look_of_place(place, now)
        text = f"{place.service} in {place.environment}: {shape.of_place(place, now)}"
        command.say(command.paint(look, text))
    if conf.DRILL_ENVIRONMENTS and not places:
        named = ", ".join(conf.DRILL_ENVIRONMENTS)
        command.say(f"No service had a canary in {named} lately, so no drill is due.")
    rows = list(Drill.objects.filter(state__in=LIVE).select_related("deployment"))
    for row in rows:
        _say(command, row)
    command.answer(
        {
            "places": [shape.place(place, now) for place in places],
            "drills": [shape.drill(row, now) for row in rows],
        }
    )
    return 0


def history(command: ZdtCommand, options: dict[str, Any]) -> int:
    rows = Drill.objects.select_related("deployment")
    if not options["all"]:
        rows = rows.filter(**choose.place(options))
    found = list(rows[: options["limit"]])
    if found:
        looks = [shape.LOOKS[State(row.state)] for row in found]
        command.table(HEADS, [_cells(row) for row in found], looks)
    else:
        where = "" if options["all"] else f" in {options['environment'] or core.ENVIRONMENT}"
        command.say(f"Going back was never rehearsed{where}: manage.py zdt_drill start")
    now = clock.now()
    command.answer({"drills": [shape.drill(row, now) for row in found]})
    return 0


def _told(command: ZdtCommand, row: Drill) -> int:
    _say(command, row)
    command.answer({"drill": shape.drill(row)})
    return 0


def _say(command: ZdtCommand, row: Drill) -> None:
    text = f"Drill {row.pk} of {row.deployment_id}: {shape.describe(row)}"
    command.say(command.paint(shape.LOOKS[State(row.state)], text))


def _cells(row: Drill) -> tuple[str, ...]:
    return (
        str(row.pk), row.get_state_display(), row.service, row.environment,
        row.deployment.version, *(_seconds(row, point) for point in Point),
        row.person, f"{row.created_at:%Y-%m-%d %H:%M}",
    )  # fmt: skip


def _seconds(row: Drill, point: Point) -> str:
    seconds = row.seconds(point)
    if seconds is not None:
        return f"{seconds:.1f} s"
    return "unknown" if row.called_at else "-"
