"""The words after `zdt_backfill`: what each takes and does, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.backfills import operations
from zdt_deploy.backfills.cli import run, show, steer, wait

Run = Callable[[ZdtCommand, dict[str, Any]], int]

BACKFILL = (
    "{id, name, kind, alias, table, state, sentence, code, params, rows_total, rows_done, "
    "rows_changed, rows_failed, fraction, rate, seconds_left, why, lanes, lanes_at_work, ranges, "
    "ranges_done, pacing, started_by, reason, created_at, started_at, finished_at, revision}"
)
_RUN = """
manage.py zdt_backfill run shop.totals --dry-run
manage.py zdt_backfill run shop.totals --wait --reason "totals with tax"
manage.py zdt_backfill run shop.totals --pacing fixed --rows 10000 --pause-ms 500
manage.py zdt_backfill run shop.totals --window 22:00-06:00 --zone Europe/Berlin --lanes 4
"""
_SHOW = """
manage.py zdt_backfill show shop.totals
manage.py zdt_backfill show shop.totals --errors --json
"""
_PACE = """
manage.py zdt_backfill pace shop.totals --pacing fixed --rows 1000 --pause-ms 1000
manage.py zdt_backfill pace shop.totals --always
manage.py zdt_backfill pace shop.totals --lanes 2 --reason "the night is quiet"
"""


@dataclass(frozen=True, slots=True)
class Word:
    """``answers`` are the keys of its JSON object."""

    help: str
    add_arguments: Callable[[CommandParser], None]
    run: Run
    examples: str
    answers: str = BACKFILL


def _steering(help: str, operation: Callable[..., Any], example: str) -> Word:
    return Word(
        help,
        steer.add_arguments,
        steer.doing(operation),
        f"manage.py zdt_backfill {example}",
    )


WORDS: dict[str, Word] = {
    "list": Word(
        "Show the backfills, newest first, and those that apps declare and nobody has run.",
        show.add_list_arguments,
        show.list_,
        "manage.py zdt_backfill list --all --limit 5",
        "{backfills, never_run}",
    ),
    "show": Word(
        "Show how far one is, why it is slow, its failed ranges and its rows with errors.",
        show.add_arguments,
        show.show,
        _SHOW,
        f"{BACKFILL[:-1]}, stalled, failing, failed_ranges, row_errors}}",
    ),
    "run": Word(
        "Start a backfill that an app declares; what is named here wins over its declaration. One "
        "that is under way stays as it is.",
        run.add_arguments,
        run.run,
        _RUN,
        f"{BACKFILL}; {{name, table, alias, rows, rate, levels, error, slow_now}} with --dry-run",
    ),
    "wait": Word(
        "Show how it goes until it is over: succeeded (exit 0), or not (1), or time is up (2).",
        wait.add_arguments,
        wait.run,
        "manage.py zdt_backfill wait shop.totals --timeout 2h",
    ),
    "pause": _steering(
        "Let it rest; what is done stays done.",
        operations.pause,
        'pause shop.totals --reason "the sale begins"',
    ),
    "resume": _steering("Let it go on where it stopped.", operations.resume, "resume shop.totals"),
    "pace": Word(
        "Pace one anew that is under way, or give it more or fewer lanes; what is not named stays.",
        steer.add_pace_arguments,
        steer.pace,
        _PACE,
    ),
    "cancel": _steering(
        "End it; what is done stays done, and `retry` would do the rest.",
        operations.cancel,
        'cancel shop.totals --reason "wrong rate"',
    ),
    "retry": _steering(
        "Do what a failed or cancelled one has not done.", operations.retry, "retry shop.totals"
    ),
}
