"""Kill drills of the jobs: whoever dies, every row is counted once.

Leases, slices and ticks are a tenth of the defaults: lease 3 s, slice 2 s, tick 0.1 s.
"""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Callable

import pytest

from demo.services import Services
from tests.system.drill import Drill, Process, eventually, kill, lives

pytestmark = pytest.mark.system

LEASE, RING_AGAIN = 3.0, 3.0
LIVE = "SELECT count(*) FROM zdt_core_process WHERE left_at IS NULL"
STEPS = "SELECT count(*) FROM counting_step"
HOLDER = "SELECT holder FROM counting_step ORDER BY id DESC LIMIT 1"


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

    def child_at_work(self, queue: str = "zdt") -> int | None:
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


def start_run(drill: Drill, rows: int, batch: int = 20, pause: float = 0.05) -> int:
    """Rows, and a run that counts them: about ``rows / batch * pause`` seconds of work."""
    drill.do("INSERT INTO counting_row (counted) SELECT 0 FROM generate_series(1, %s)", rows)
    params = json.dumps({"batch": batch, "pause": pause})
    found = drill.rows(
        "INSERT INTO zdt_core_run (kind, key, queue, params, state, cursor, done, token, holder,"
        " failures, last_error) VALUES ('counting.rows', 'all', 'zdt', %s, 'ready', '{}', 0, 0,"
        " '', 0, '') RETURNING id",
        params,
    )
    return int(found[0][0])


def hurry(drill: Drill, run: int) -> None:
    """Let the rest of the run go without pauses and in large steps."""
    params = json.dumps({"batch": 500, "pause": 0})
    drill.do("UPDATE zdt_core_run SET params = %s WHERE id = %s", params, run)


def state(drill: Drill, run: int) -> str:
    return str(drill.number("SELECT state FROM zdt_core_run WHERE id = %s", run))


def assert_counted_once(drill: Drill, rows: int) -> None:
    """Every row once; each token's steps by one process; the tokens never went back."""
    assert drill.rows("SELECT counted, count(*) FROM counting_row GROUP BY 1") == [(1, rows)]
    assert drill.rows("SELECT token FROM counting_step GROUP BY 1 HAVING count(DISTINCT holder) > 1"
    ) == []  # fmt: skip
    tokens = [token for (token,) in drill.rows("SELECT token FROM counting_step ORDER BY id")]
    assert tokens == sorted(tokens)
    assert drill.number("SELECT sum(rows) FROM counting_step") == rows


def after_more_steps(drill: Drill, number: int = 3, within: float = 90.0) -> None:
    before = drill.number(STEPS)
    eventually(lambda: drill.number(STEPS) >= before + number, "further steps", within)


def kill_child(crew: Crew) -> None:
    pid = eventually(crew.child_at_work, "a worker at work")
    kill(pid)


def kill_worker_and_supervisor(crew: Crew) -> None:
    supervisor = eventually(crew.supervisor_at_work, "a supervisor of the worker at work")
    children = supervisor.children()
    supervisor.kill()
    for pid in children:
        kill(pid)


def kill_supervisor(crew: Crew) -> None:
    supervisor = random.choice(crew.workers)
    children = supervisor.children()
    supervisor.kill()
    eventually(lambda: not any(map(lives, children)), "the children to end with their supervisor")


def kill_ticker(crew: Crew) -> None:
    eventually(crew.leading_ticker, "a leading ticker").kill()


def flush_redis(crew: Crew) -> None:
    crew.drill.redis().flushall()


def restart_redis_empty(crew: Crew) -> None:
    crew.drill.services.valkey.restart(empty=True)


def stop_postgresql(crew: Crew) -> None:
    crew.drill.services.postgres.stop(immediate=True)
    time.sleep(5)  # the drill: PostgreSQL is away for this long
    crew.drill.services.postgres.start()


BLOWS: tuple[Callable[[Crew], None], ...] = (
    kill_child, kill_worker_and_supervisor, kill_supervisor, kill_ticker, flush_redis,
    restart_redis_empty, stop_postgresql,
)  # fmt: skip


def strike(drill: Drill, blows: list[Callable[[Crew], None]], rows: int) -> None:
    """Count ``rows`` under those blows, one after the other, each followed by further steps."""
    crew = Crew(drill)
    run = start_run(drill, rows)
    eventually(lambda: drill.number(STEPS) > 3, "the first steps")
    for blow in blows:
        blow(crew)
        crew.replace_dead()
        after_more_steps(drill)
    hurry(drill, run)
    eventually(lambda: state(drill, run) == "succeeded", "the end of the run", 120)
    assert_counted_once(drill, rows)


def test_every_row_is_counted_once_whoever_is_killed(drill: Drill) -> None:
    strike(drill, list(BLOWS), rows=12000)


@pytest.mark.long
def test_every_row_is_counted_once_through_twenty_random_blows(drill: Drill) -> None:
    chosen = [random.choice(BLOWS[:5]) for _ in range(18)]
    strike(drill, [*chosen, restart_redis_empty, stop_postgresql], rows=60000)


def test_a_warm_stop_hands_the_slice_over_at_once(drill: Drill) -> None:
    crew = Crew(drill, tickers=1)
    run = start_run(drill, 2000)
    supervisor = eventually(lambda: drill.number(STEPS) > 3 and crew.supervisor_at_work(), "work")
    holder = drill.number(HOLDER)

    supervisor.send(signal.SIGTERM)

    assert supervisor.code() == 0
    eventually(lambda: drill.number(HOLDER) != holder, "another worker to go on")
    gap = drill.number(
        "SELECT extract(epoch FROM min(b.at) - (SELECT max(a.at) FROM counting_step a"
        " WHERE a.holder = %s)) FROM counting_step b WHERE b.holder <> %s",
        holder, holder,
    )  # fmt: skip
    assert gap < LEASE / 2
    assert drill.rows("SELECT failures, last_error FROM zdt_core_run WHERE id = %s", run) == [
        (0, "")
    ]


def test_processes_wait_for_redis_and_go_on_when_it_comes(drill: Drill) -> None:
    drill.services.valkey.stop(empty=True)
    crew = Crew(drill, workers=1, tickers=1)
    run = start_run(drill, 100)
    eventually(lambda: "Redis is away; trying again" in drill.logs(), "a worker that waits")
    children = crew.workers[0].children()

    drill.services.valkey.start()

    eventually(lambda: state(drill, run) == "succeeded", "the end of the run")
    assert crew.workers[0].children() == children


def test_an_idle_crew_keeps_to_its_connections(drill: Drill) -> None:
    crew = Crew(drill, workers=1, tickers=1)
    run = start_run(drill, 20)
    eventually(lambda: state(drill, run) == "succeeded", "the end of the run")
    processes = [*crew.workers[0].children(), crew.tickers[0].pid]

    sessions = [sessions_of(drill) for _ in range(20)]

    held = set.intersection(*map(set, sessions))
    assert len(held) <= 1  # the ticker's
    assert max(map(len, sessions)) <= 2 * len(processes)
    assert len(redis_clients(drill)) <= 2 * len(processes)


def sessions_of(drill: Drill) -> list[int]:
    time.sleep(0.1)  # a sample each tenth of a second
    found = drill.rows(
        "SELECT pid FROM pg_stat_activity"
        " WHERE application_name LIKE 'zdt:%%' AND pid <> pg_backend_pid()"
    )
    return [pid for (pid,) in found]


def redis_clients(drill: Drill) -> list[dict[str, str]]:
    own = drill.redis()
    return [client for client in own.client_list() if client["cmd"] != "client|list"]


@pytest.mark.long
def test_the_jobs_work_through_a_pooler_in_transaction_mode(
    services: Services, drill: Drill
) -> None:
    drill.environment["DATABASE_URL"] = services.pgbouncer()

    strike(drill, [kill_child, kill_worker_and_supervisor, kill_ticker], rows=6000)
