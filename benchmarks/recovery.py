"""How long work rests after its worker was lost, and whether any of it is done twice.

    python -m benchmarks.recovery [--quick] [--json]

At default settings, two machines serve both queues, each a supervisor with its two workers, and two
tickers watch. A run counts rows, and a monitor gives a verdict every two seconds. In each round the
machine that holds both is lost (kill -9 of the supervisor and its workers, in the middle of a step
and of a verdict), in some rounds together with Redis and its data, or with PostgreSQL for five
seconds.

A round's figure is the time from the loss to the next committed step; for the monitor from the
loss, or from PostgreSQL's return, to the moment when its verdict is worked on again. The figures
judged are the worst of all rounds. Rows counted twice or never, tokens used by two processes and
verdicts given twice make up `double_executions`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Figure, exact, report
from demo.services import Services
from tests.system.crew import Crew, count_rows, process_of, tick_for_ever
from tests.system.drill import Drill, Process, eventually

RESUMED_GOAL, VERDICT_GOAL = 45.0, 20.0
EVERY, WORK = 2.0, 1.0
ROWS = 200_000
POSTGRES_AWAY = 5.0
NOW = "SELECT extract(epoch FROM clock_timestamp())"
NEXT_STEP = (
    "SELECT extract(epoch FROM min(at)) FROM counting_step"
    " WHERE run = %s AND at > to_timestamp(%s) AND holder <> ALL(%s)"
)
HOLDERS = "SELECT id, holder FROM zdt_core_run WHERE lease_until > clock_timestamp()"
WRONG_ROWS = (
    "SELECT count(*) FROM counting_row WHERE counted <> (id <= coalesce("
    " (SELECT (cursor->>'after')::bigint FROM zdt_core_run WHERE id = %s), 0))::int"
)
SHARED_TOKENS = (
    "SELECT count(*) FROM (SELECT 1 FROM counting_step GROUP BY run, token"
    " HAVING count(DISTINCT holder) > 1) AS shared"
)
EXTRA_VERDICTS = (
    "SELECT (SELECT count(*) FROM counting_step WHERE run = %s)"
    " - (SELECT done FROM zdt_core_run WHERE id = %s)"
)


@dataclass
class Site:
    """The crew, its two runs, and what was measured."""

    drill: Drill
    crew: Crew
    run: int
    monitor: int
    resumed: list[float] = field(default_factory=list)
    verdicts: list[float] = field(default_factory=list)


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    with Services.private() as services, tempfile.TemporaryDirectory() as folder:
        with Drill(services, Path(folder), ZDT_DRILL_DIVISOR="1") as drill:
            site = _open(drill)
            for blow in [_nothing] if options.quick else _FULL:
                _round(site, blow)
            figures = _figures(site)
            if any(
                figure.holds is not True for figure in figures.values() if figure.goal is not None
            ):
                print(drill.logs(), file=sys.stderr)
    return report("recovery", figures, as_json=options.json)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery")
    parser.add_argument("--quick", action="store_true", help="One round, about a minute.")
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    return parser.parse_args(arguments)


def _open(drill: Drill) -> Site:
    drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
    crew = Crew(drill, workers=2, tickers=2)
    monitor = tick_for_ever(drill, EVERY, WORK)
    return Site(drill, crew, count_rows(drill, ROWS), monitor)


def _round(site: Site, also: Callable[[Drill], None]) -> None:
    """Lose the machine that holds both runs, and see when others go on with them."""
    drill = site.drill
    machine = eventually(lambda: _machine_with_both(site), "a machine that holds both runs", 120)
    lost = [holder for _run, holder in drill.rows(HOLDERS)]
    loss = float(drill.number(NOW))
    machine.kill_all()
    also(drill)
    back = float(drill.number(NOW))
    site.verdicts.append(_next_step(drill, site.monitor, loss, lost) - WORK - back)
    site.resumed.append(_next_step(drill, site.run, loss, lost) - loss)
    site.crew.replace_dead()


def _next_step(drill: Drill, run: int, loss: float, lost: list[str]) -> float:
    """When somebody else committed the first step of ``run`` after the loss."""
    return float(
        eventually(lambda: drill.number(NEXT_STEP, run, loss, lost), "others to go on", 300)
    )


def _machine_with_both(site: Site) -> Process | None:
    holders = dict(site.drill.rows(HOLDERS))
    if not {site.run, site.monitor} <= holders.keys():
        return None
    pids = {process_of(site.drill, holder) for holder in holders.values()}
    return next((each for each in site.crew.workers if pids <= set(each.children())), None)


def _nothing(drill: Drill) -> None:
    """The machine alone is lost."""


def _lose_redis(drill: Drill) -> None:
    drill.services.valkey.restart(empty=True)


def _lose_postgresql(drill: Drill) -> None:
    drill.services.postgres.stop(immediate=True)
    time.sleep(POSTGRES_AWAY)
    drill.services.postgres.start()


_FULL = [_nothing, _lose_redis, _nothing, _lose_postgresql, _nothing]


def _figures(site: Site) -> dict[str, Figure]:
    return {
        "seconds_to_resume_after_kill": exact(max(site.resumed), RESUMED_GOAL),
        "seconds_to_resume_median": exact(statistics.median(site.resumed)),
        "seconds_to_next_verdict": exact(max(site.verdicts), VERDICT_GOAL),
        "double_executions": exact(_wrongs(site), 0),
    }


def _wrongs(site: Site) -> float:
    """What was done twice, or never, up to where the runs are now."""
    drill = site.drill
    return float(
        drill.number(WRONG_ROWS, site.run)
        + drill.number(SHARED_TOKENS)
        + drill.number(EXTRA_VERDICTS, site.monitor, site.monitor)
    )


if __name__ == "__main__":
    sys.exit(main())
