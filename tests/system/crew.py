"""Workers and tickers for drills, and work for them."""

from __future__ import annotations

import json

from tests.system.drill import Drill, Process, eventually

LIVE = "SELECT count(*) FROM zdt_core_process WHERE left_at IS NULL"
STEPS = "SELECT count(*) FROM counting_step"
HOLDER = "SELECT holder FROM counting_step WHERE rows > 0 ORDER BY id DESC LIMIT 1"
_START = (
    "INSERT INTO zdt_core_run (kind, key, queue, params, state, cursor, done, token, holder,"
    " failures, last_error) VALUES (%s, 'all', %s, %s, 'ready', '{}', 0, 0, '', 0, '')"
    " RETURNING id"
)


class Crew:
    """Workers and tickers of one site, and a service manager that replaces the dead."""

    def __init__(self, drill: Drill, workers: int = 2, tickers: int = 2) -> None:
        self.drill = drill
        self.workers = [drill.start("zdt_worker") for _ in range(workers)]
        self.tickers = [drill.start("zdt_ticker") for _ in range(tickers)]
        eventually(lambda: drill.number(LIVE) == 2 * workers + tickers, "everybody to join", 180)

    def replace_dead(self) -> None:
        for name, group in (("zdt_worker", self.workers), ("zdt_ticker", self.tickers)):
            for place, process in enumerate(group):
                if not process.alive:
                    group[place] = self.drill.start(name)

    def child_at_work(self) -> int | None:
        """The pid of the worker process that committed the last step."""
        return process_of(self.drill, self.drill.number(HOLDER))

    def supervisor_at_work(self) -> Process | None:
        child = self.child_at_work()
        return next((each for each in self.workers if child in each.children()), None)

    def leading_ticker(self) -> Process | None:
        found = self.drill.rows("SELECT holder FROM zdt_core_lease WHERE name = 'ticker'")
        pid = process_of(self.drill, found[0][0]) if found else None
        return next((each for each in self.tickers if each.pid == pid), None)


def process_of(drill: Drill, instance: str) -> int | None:
    found = drill.rows("SELECT pid FROM zdt_core_process WHERE instance = %s", instance)
    return int(found[0][0]) if found else None


def count_rows(drill: Drill, rows: int, batch: int = 20, pause: float = 0.05) -> int:
    """Rows, and a run that counts them: about ``rows / batch * pause`` seconds of work."""
    drill.do("INSERT INTO counting_row (counted) SELECT 0 FROM generate_series(1, %s)", rows)
    params = json.dumps({"batch": batch, "pause": pause})
    return int(drill.number(_START, "counting.rows", "zdt", params))


def tick_for_ever(drill: Drill, every: float, work: float) -> int:
    """A run of the monitor's queue: ``work`` seconds of it ``every`` so many seconds."""
    params = json.dumps({"every": every, "work": work})
    return int(drill.number(_START, "counting.ticks", "zdt-monitor", params))


def hang(drill: Drill) -> int:
    """A run whose only slice hangs."""
    return int(drill.number(_START, "counting.hangs", "zdt", "{}"))


def hurry(drill: Drill, run: int) -> None:
    """Let the rest of the run go without pauses and in large steps."""
    params = json.dumps({"batch": 500, "pause": 0})
    drill.do("UPDATE zdt_core_run SET params = %s WHERE id = %s", params, run)
