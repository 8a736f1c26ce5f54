"""`wait`, and `run --wait`: follow a backfill to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError, InterfaceError

from zdt_core import database
from zdt_core.commands import ZdtCommand
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills import at_work, sentences, words
from zdt_deploy.backfills.cli import choose, shape
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.deployments import durations

EVERY_SECONDS = 1.0


def add_arguments(parser: CommandParser) -> None:
    choose.add_name(parser)
    add_timeout(parser)


def add_timeout(parser: CommandParser) -> None:
    parser.add_argument(
        "--timeout", metavar="2h", help="Wait no longer than this; without it to the end."
    )


def run(command: ZdtCommand, options: dict[str, Any]) -> int:
    timeout = timeout_of(command, options)
    return to_the_end(command, choose.backfill(options), timeout, options["timeout"])


def timeout_of(command: ZdtCommand, options: dict[str, Any]) -> float | None:
    """The seconds to wait; None for ever. What cannot be read is wrong usage."""
    if not options["timeout"]:
        return None
    try:
        return durations.parse(options["timeout"])
    except Refused as refusal:
        command.fail(str(refusal), 2, refusal.code, refusal.params)


def to_the_end(
    command: ZdtCommand, backfill: Backfill, timeout: float | None, written: str | None
) -> int:
    """Show how it goes until it is over; 0 where it succeeded."""
    with command.progress() as shown:
        ended = follow(backfill.pk, timeout, shown.say, shown.at)
    if ended is None:
        command.fail(
            f"{backfill.name} was not over within {written}; it goes on. "
            f"See `manage.py zdt_backfill show {backfill.name}`.",
            2,
            "time_is_up",
            {"timeout": timeout},
        )
    command.answer(shape.as_json(ended))
    return 0 if ended.state == Backfill.State.SUCCEEDED else 1


def follow(
    backfill_id: int,
    timeout: float | None,
    say: Callable[[str], object],
    show: Callable[[float, str], object],
    pause: Callable[[float], object] = time.sleep,
) -> Backfill | None:
    """The backfill once it is over; None when ``timeout`` seconds are.

    Says a line whenever its state is new, shows at each look how far it is, and bears an absence
    of the database.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    said: Any = None
    while True:
        news, line, share, text, row = _look(backfill_id)
        if news != said:
            said = news
            say(line)
        if row is not None:
            show(share, text)
            if row.state not in Backfill.LIVE:
                return row
        left = EVERY_SECONDS if deadline is None else deadline - time.monotonic()
        if left <= 0:
            return None
        pause(min(EVERY_SECONDS, left))


def _look(backfill_id: int) -> tuple[Any, str, float, str, Backfill | None]:
    """What differs with news, the line that says it, the share, the bar's text, and the row."""
    try:
        row: Any = at_work.with_stalled(Backfill.objects.filter(pk=backfill_id)).get()
        progress = backfills.progress(row)
        lanes = at_work.lanes(row) if row.failing else []
    except (DatabaseError, InterfaceError) as error:
        database.connection().close()
        return type(error), "The database does not answer; trying again.", 0.0, "", None
    state = at_work.state(row)
    line = f"{state}: {sentences.describe(row)}"
    if row.stalled:
        line += f" {sentences.stalled()}"
    elif lanes:
        line += f" {sentences.failing(lanes)}"
    text = words.rows(progress.done, progress.total) if row.stalled else shape.pace(progress)
    return state, line, progress.fraction or 0.0, text, row
