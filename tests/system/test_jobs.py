"""Kill drills of the jobs: whoever dies, every row is counted once.

Leases, slices and ticks are a tenth of the defaults: lease 3 s, slice 2 s, tick 0.1 s.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from demo.services import Services
from tests.system.crew import HOLDER, STEPS, Crew, count_rows, hang, hurry, process_of
from tests.system.drill import Drill, eventually, kill, lives

pytestmark = pytest.mark.system

LEASE = 3.0
STEPS_OF_OTHERS = "SELECT count(*) FROM counting_step WHERE holder <> %s"
OPEN_TRANSACTIONS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE split_part(application_name, ':', 3) = %s AND state LIKE 'idle in transaction%%'"
)
TAKEN = "SELECT lease_until IS NOT NULL FROM zdt_core_run WHERE id = %s"


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
    eventually(crew.supervisor_at_work, "a supervisor of the worker at work").kill_all()


def kill_supervisor(crew: Crew) -> None:
    supervisor = random.choice(crew.workers)
    children = supervisor.children()
    supervisor.kill()
    eventually(lambda: not any(map(lives, children)), "the children to end with their supervisor")


def freeze_between_steps(crew: Crew) -> None:
    """It wakes when others have long gone on, and tries a step that it has no right to."""
    freeze(crew, in_step=False)


def freeze_in_step(crew: Crew) -> None:
    """It keeps its locks until PostgreSQL ends its transaction."""
    freeze(crew, in_step=True)


def freeze(crew: Crew, in_step: bool) -> None:
    what = "a worker that froze at work"
    holder, pid = eventually(lambda: freeze_holder(crew.drill, in_step), what)
    try:
        before = crew.drill.number(STEPS_OF_OTHERS, holder)
        eventually(lambda: crew.drill.number(STEPS_OF_OTHERS, holder) > before, "others to go on")
    finally:
        os.kill(pid, signal.SIGCONT)


def freeze_holder(drill: Drill, in_step: bool) -> tuple[str, int] | None:
    """Stop the process that holds the run, if that hits it in or between its steps as asked."""
    holder = drill.number("SELECT holder FROM zdt_core_run WHERE kind = 'counting.rows'")
    pid = process_of(drill, holder) if holder else None
    if pid is None:
        return None
    os.kill(pid, signal.SIGSTOP)
    holds = drill.rows("SELECT 1 FROM zdt_core_run WHERE holder = %s", holder)
    if holds and bool(drill.number(OPEN_TRANSACTIONS, holder)) == in_step:
        return holder, pid
    os.kill(pid, signal.SIGCONT)
    return None


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
    kill_child, kill_worker_and_supervisor, kill_supervisor, kill_ticker,
    freeze_between_steps, freeze_in_step, flush_redis, restart_redis_empty, stop_postgresql,
)  # fmt: skip


def strike(drill: Drill, blows: list[Callable[[Crew], None]], rows: int) -> None:
    """Count ``rows`` under those blows, one after the other, each followed by further steps."""
    crew = Crew(drill)
    run = count_rows(drill, rows)
    eventually(lambda: drill.number(STEPS) > 3, "the first steps")
    for blow in blows:
        blow(crew)
        crew.replace_dead()
        after_more_steps(drill)
    hurry(drill, run)
    eventually(lambda: state(drill, run) == "succeeded", "the end of the run", 120)
    assert_counted_once(drill, rows)


def test_every_row_is_counted_once_whoever_is_killed(drill: Drill) -> None:
    strike(drill, [kill_child, kill_worker_and_supervisor, kill_ticker, flush_redis], rows=6000)


@pytest.mark.long
def test_every_row_is_counted_once_through_twenty_random_blows(drill: Drill) -> None:
    chosen = [*BLOWS[:7], *(random.choice(BLOWS[:7]) for _ in range(11))]
    random.shuffle(chosen)
    strike(drill, [*chosen, restart_redis_empty, stop_postgresql], rows=60000)


@pytest.mark.long
def test_a_warm_stop_hands_the_slice_over_at_once(drill: Drill) -> None:
    crew = Crew(drill, tickers=1)
    run = count_rows(drill, 2000)
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


@pytest.mark.long
def test_a_second_sigterm_drops_the_step_and_hands_the_run_back(drill: Drill) -> None:
    crew = Crew(drill, workers=1, tickers=1)
    hung = hang(drill)
    eventually(lambda: drill.number(TAKEN, hung), "the run to be taken")
    supervisor = crew.workers[0]

    supervisor.send(signal.SIGTERM)
    time.sleep(1.5)  # two signals within a second count as one
    assert supervisor.alive
    supervisor.send(signal.SIGTERM)

    assert supervisor.code() == 1
    assert drill.rows("SELECT state, failures, holder FROM zdt_core_run WHERE id = %s", hung) == [
        ("ready", 0, "")
    ]


@pytest.mark.long
def test_processes_wait_for_redis_and_go_on_when_it_comes(drill: Drill) -> None:
    drill.services.valkey.stop(empty=True)
    crew = Crew(drill, workers=1, tickers=1)
    run = count_rows(drill, 100)
    eventually(lambda: "Redis is away; trying again" in drill.logs(), "a worker that waits")
    children = crew.workers[0].children()

    drill.services.valkey.start()

    eventually(lambda: state(drill, run) == "succeeded", "the end of the run")
    assert crew.workers[0].children() == children


@pytest.mark.long
def test_a_slice_that_hangs_is_interrupted_and_the_worker_goes_on(drill: Drill) -> None:
    crew = Crew(drill, workers=1, tickers=1)
    children = crew.workers[0].children()
    hung = hang(drill)
    eventually(lambda: drill.number(TAKEN, hung), "the run to be taken")
    run = count_rows(drill, 20)

    eventually(lambda: state(drill, run) == "succeeded", "the end of the other run")
    assert drill.rows("SELECT state, last_error FROM zdt_core_run WHERE id = %s", hung) == [
        ("failed", "JobTimeoutException: Task exceeded maximum timeout value (5 seconds)")
    ]
    assert crew.workers[0].children() == children


@pytest.mark.long
def test_an_idle_crew_keeps_to_its_connections(drill: Drill) -> None:
    others = set(sessions_of(drill))  # of processes that a drill before has killed
    crew = Crew(drill, workers=1, tickers=1)
    run = count_rows(drill, 20)
    eventually(lambda: state(drill, run) == "succeeded", "the end of the run")
    processes = [*crew.workers[0].children(), crew.tickers[0].pid]

    sessions = [set(sessions_of(drill)) - others for _ in range(20)]

    held = set.intersection(*sessions)
    assert len(held) <= 1  # the ticker's
    assert max(map(len, sessions)) <= 2 * len(processes)
    eventually(  # the child that did the last slice has left
        lambda: len(redis_clients(drill)) <= 2 * len(processes), "at most two each of Redis"
    )


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
