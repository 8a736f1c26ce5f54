"""`list` and `show`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills import at_work, looks, sentences, words
from zdt_deploy.backfills.cli import choose, shape
from zdt_deploy.backfills.declarations import Declaration
from zdt_deploy.backfills.models import Backfill, Range
from zdt_deploy.deployments import durations

_HEADS = ("NAME", "STATE", "DONE", "ROWS/S", "LEFT", "TABLE", "")
NEVER, BROKEN = "never run", "broken"
FAILED_SHOWN, ERRORS_SHOWN = 10, 10


def add_list_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--all", action="store_true", help="Every run, not only the newest of each name."
    )
    arguments.limit(parser, 50)


def list_(command: ZdtCommand, options: dict[str, Any]) -> int:
    rows = at_work.with_stalled(Backfill.objects.order_by("-id"))
    if not options["all"]:
        newest = Backfill.objects.order_by("name", "-id").distinct("name").values("pk")
        rows = rows.filter(pk__in=newest)
    found = list(rows[: options["limit"]])
    known = set(Backfill.objects.values_list("name", flat=True).distinct())
    declared = backfills.declared()
    waiting = sorted(name for name in declared if name not in known)
    if found or waiting:
        lines = [_cells(row) for row in found] + [_never(declared[name]) for name in waiting]
        shades = [looks.of(row) for row in found] + [
            "bad" if line[1] == BROKEN else "quiet" for line in lines[len(found) :]
        ]
        command.table(_HEADS, lines, shades)
    else:
        command.say(
            "No app declares a backfill, and none has run. Declare one in a module `backfills.py` "
            "of an app; docs/how-to/backfills.md shows how."
        )
    command.answer({"backfills": [_in_list(row) for row in found], "never_run": waiting})
    return 0


def _in_list(row: Any) -> dict[str, Any]:
    return {
        **shape.as_json(row, stalled=row.stalled),
        "stalled": row.stalled,
        "failing": row.failing,
    }


def _cells(row: Any) -> tuple[str, ...]:
    progress = backfills.progress(row)
    moves = row.state in Backfill.LIVE and not row.stalled
    left = progress.seconds_left if moves else None
    return (
        row.name,
        at_work.state(row),
        "–" if progress.fraction is None else f"{progress.fraction:.0%}",
        f"{progress.rate:,.0f}" if progress.rate and moves else "–",
        "–" if left is None else durations.rounded(left),
        row.table,
        row.started_by,
    )


def _never(found: Declaration) -> tuple[str, ...]:
    try:
        found.check()
        return (found.name, NEVER, "–", "–", "–", found.table, found.about)
    except (Refused, DatabaseError) as error:
        return (found.name, BROKEN, "–", "–", "–", found.sql_table or "–", _one_line(error))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def add_arguments(parser: CommandParser) -> None:
    choose.add_name(parser)
    parser.add_argument("--ranges", action="store_true", help="Every range, not only failed ones.")
    parser.add_argument("--errors", action="store_true", help="Every row with an error.")


def show(command: ZdtCommand, options: dict[str, Any]) -> int:
    backfill = choose.backfill(options)
    stands = _say_state(command, backfill)
    command.say(f"Table {backfill.table} ({backfill.alias}), {backfill.kind}.")
    for name, value in words.does(backfill):
        command.say(f"  {name} = {value}")
    command.say(f"Pacing: {words.paced(backfill.pacing)}. Lanes: {backfill.lanes}.")
    by = f": {backfill.reason}" if backfill.reason else ""
    command.say(f"Started by {backfill.started_by or 'nobody known'}{by}")
    lanes = at_work.lanes(backfill)
    for lane in lanes:
        command.say(f"  lane {lane.name}: {lane.word} {lane.holder} {lane.said}".rstrip())
    ranges = _say_ranges(command, backfill, every=options["ranges"])
    errors = _say_errors(command, backfill, every=options["errors"])
    command.answer(
        {
            **shape.as_json(backfill, stalled=stands.stalled),
            "stalled": stands.stalled,
            "failing": stands.failing,
            "failed_ranges": [shape.range_json(row) for row in ranges if row.state == "failed"],
            "row_errors": [{"key": row.key, "error": row.error, "at": row.at} for row in errors],
        }
    )
    return 0


def brief(command: ZdtCommand, backfill: Backfill) -> None:
    """Where it stands, or all of it as JSON."""
    _say_state(command, backfill)
    command.answer(shape.as_json(backfill))


def _say_state(command: ZdtCommand, backfill: Backfill) -> Any:
    """Say it; the row of `at_work.with_stalled`."""
    row = at_work.with_stalled(Backfill.objects.filter(pk=backfill.pk)).get()
    said = f"{row.name} (number {row.pk}): {at_work.state(row)}. {sentences.describe(row)}"
    command.say(command.paint(looks.of(row), said))
    if row.stalled:
        command.say(sentences.stalled())
    elif row.failing:
        command.say(sentences.failing(at_work.lanes(row)))
    progress = backfills.progress(row)
    said = words.rows(progress.done, progress.total) if row.stalled else shape.pace(progress)
    command.say(said)
    if progress.failed:
        command.say(_("Rows that could not be done: %s.") % words.number(progress.failed))
    return row


def _say_ranges(command: ZdtCommand, backfill: Backfill, *, every: bool) -> list[Range]:
    rows = Range.objects.filter(backfill=backfill).order_by("number")
    failed = list(rows.filter(state=Range.State.FAILED))
    found = list(rows) if every else failed
    shown = found if every else found[:FAILED_SHOWN]
    for row in shown:
        line = f"range {row.number} is {row.state}: {words.span(row)}"
        if row.cursor is not None and row.state != Range.State.DONE:
            line += f", done up to {words.key(row.cursor)}"
        command.say(command.paint(looks.of_range(row.state), line))
        if row.error:
            command.say(f"  {row.error}")
    if len(found) > len(shown):
        command.say(f"{len(found) - len(shown)} more failed ranges: show them with --ranges.")
    return failed


def _say_errors(command: ZdtCommand, backfill: Backfill, *, every: bool) -> list[Any]:
    rows = backfill.row_errors.order_by("id")
    found = list(rows if every else rows[: ERRORS_SHOWN + 1])
    shown = found if every else found[:ERRORS_SHOWN]
    for row in shown:
        command.say(f"row {words.key(row.key)}: {row.error}")
    if len(found) > len(shown):
        command.say("There are more rows with an error: show them with --errors.")
    return shown
