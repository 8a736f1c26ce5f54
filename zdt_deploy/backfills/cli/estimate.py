"""`run --dry-run`: what a backfill would take at each pacing, and nothing changed."""

from __future__ import annotations

from typing import Any

from zdt_core.commands import ZdtCommand
from zdt_deploy import backfills
from zdt_deploy.backfills import words
from zdt_deploy.backfills.declarations import Declaration
from zdt_deploy.backfills.pacing import Mode, Pacing, parse
from zdt_deploy.deployments import durations

_HEADS = ("PACING", "ROWS/S", "TIME")


def show(command: ZdtCommand, found: Declaration, paced: Pacing | None, lanes: int | None) -> int:
    """Print the estimates; the declaration's own pacing, or the one that is asked for, first."""
    asked = parse(found.pacing) if paced is None else paced
    lanes = found.lanes if lanes is None else lanes
    levels = [asked, *(parse(mode) for mode in Mode if mode is not asked.mode)]
    estimates = [
        (level, backfills.estimate(found.table, found.alias, level, lanes=lanes))
        for level in levels
    ]
    rows = estimates[0][1].rows
    command.say(f"{found.name}: {words.number(rows)} rows of {found.table} ({found.alias}), about.")
    command.table(_HEADS, [_cells(level, each.seconds, each.rows) for level, each in estimates])
    command.say("Nothing was changed.")
    command.answer(
        {
            "name": found.name,
            "table": found.table,
            "alias": found.alias,
            "rows": rows,
            "levels": [_level(level, each) for level, each in estimates],
        }
    )
    return 0


def _cells(level: Pacing, seconds: float, rows: int) -> tuple[str, str, str]:
    rate = rows / seconds if seconds else 0.0
    return words.paced(level.to_json()), words.number(rate), durations.rounded(seconds)


def _level(level: Pacing, estimate: Any) -> dict[str, Any]:
    return {"pacing": level.to_json(), "seconds": estimate.seconds}
