"""`run --dry-run`: what a backfill would take at each pacing, and nothing changed."""

from __future__ import annotations

from dataclasses import replace

from zdt_core import messages
from zdt_core.commands import ZdtCommand
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills import faults, words
from zdt_deploy.backfills.declarations import Declaration
from zdt_deploy.backfills.estimating import Estimate
from zdt_deploy.backfills.faults import Fault
from zdt_deploy.backfills.pacing import Mode, Pacing
from zdt_deploy.deployments import durations

_HEADS = ("PACING", "ROWS/S", "TIME")


def show(command: ZdtCommand, found: Declaration, asked: Pacing, lanes: int | None) -> int:
    """Print the estimates, of the pacing that is ``asked`` for first.

    1 where a batch raised.
    """
    estimate, raised = _tried(found, asked, found.lanes if lanes is None else lanes)
    modes = [asked.mode, *(mode for mode in Mode if mode is not asked.mode)]
    levels = [(replace(asked, mode=mode), estimate.by_mode[str(mode)]) for mode in modes]
    rows = words.number(estimate.rows)
    command.say(f"{found.name}: about {rows} rows of {found.table} ({found.alias})")
    command.table(_HEADS, [_cells(level, seconds, estimate.rows) for level, seconds in levels])
    for finding in estimate.findings:
        command.say(f"Slow now: {messages.text(finding.code, finding.params)}")
    if raised:
        command.say(command.paint("bad", f"A batch was tried, and raised: {raised}"))
    if asked.windows:
        command.say("The time counts its hours only.")
    command.say("A few batches were tried and rolled back; nothing was changed.")
    command.answer(
        {
            "name": found.name,
            "table": found.table,
            "alias": found.alias,
            "rows": estimate.rows,
            "rate": estimate.rate,
            "levels": [
                {"pacing": level.to_json(), "seconds": seconds} for level, seconds in levels
            ],
            "error": raised,
            "slow_now": [{"code": each.code, "params": each.params} for each in estimate.findings],
        }
    )
    return 1 if raised else 0


def _tried(found: Declaration, asked: Pacing, lanes: int) -> tuple[Estimate, str]:
    """The estimate, and what the work raised; then only the rows are known.

    Raises Refused where the backfill would be, and whatever the database's absence raises.
    """
    at = (found.table, found.alias, asked)
    try:
        tried = backfills.estimate(*at, kind=found.kind, spec=found.spec, lanes=lanes)
    except Refused:
        raise
    except Exception as error:
        if faults.judge(error) is Fault.CONNECTION:
            raise
        return backfills.estimate(*at, lanes=lanes), " ".join(faults.text(error).split())
    return tried, ""


def _cells(level: Pacing, seconds: float | None, rows: int) -> tuple[str, str, str]:
    rate = words.number(rows / seconds) if seconds else "–"
    time = "–" if seconds is None else durations.rounded(seconds)
    return words.paced(level.to_json()), rate, time
