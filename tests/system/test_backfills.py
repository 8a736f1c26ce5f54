"""Kill drills of backfills: whoever dies or freezes, every row is filled once.

Leases, slices and ticks are a twentieth of the defaults: lease 1.5 s, slice 1 s, tick 0.05 s.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from demo.services import Services
from tests.system.drill import ROOT, Drill, eventually, kill

pytestmark = pytest.mark.system

LANES = 4
LEASE = 1.5
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.system.filling_settings", "ZDT_DRILL_DIVISOR": "20"}
SLOW = '{"mode": "fixed", "rows": 25, "pause": 0.002, "vacuum": false}'
AT_WORK = (
    "SELECT p.pid, r.id, r.token FROM zdt_core_run r"
    " JOIN zdt_core_process p ON p.instance = r.holder"
    " WHERE r.kind = 'backfill.lane' AND r.lease_until > now()"
)
START = (
    "INSERT INTO zdt_core_run (kind, key, queue, params, state, cursor, done, token, holder,"
    " failures, last_error) SELECT 'backfill.plan', id, 'zdt', '{}', 'ready', '{}', 0, 0, '', 0, ''"
    " FROM zdt_deploy_backfill"
)
STATE = "SELECT state FROM zdt_deploy_backfill"
LONGEST_GAP = (
    "SELECT max(gap) FROM (SELECT at - lag(at) OVER (PARTITION BY run ORDER BY id) AS gap"
    " FROM filling_pour) p"
)
GONE_ON = (
    "SELECT count(*) FROM zdt_core_run r WHERE id = %s AND (state <> 'ready'"
    " OR EXISTS (SELECT FROM filling_pour WHERE run = r.id AND token > %s))"
)
POURS = "SELECT count(*) FROM filling_pour"


class Machine:
    """Workers that are replaced as soon as they die, and the backfill that they do."""

    def __init__(self, drill: Drill, rows: int) -> None:
        self.drill = drill
        self.struck: list[tuple[int, int]] = []
        self._log = drill.folder / "machine.log"
        with self._log.open("wb") as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "tests.system.forking", str(LANES + 1)], cwd=ROOT,
                env=drill.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        eventually(self._has_begun, "the workers to join")
        drill.do("TRUNCATE zdt_core_run, filling_cup, filling_pour, zdt_deploy_backfill CASCADE")
        drill.do("INSERT INTO filling_cup (filled) SELECT 0 FROM generate_series(1, %s)", rows)
        drill.do(
            "INSERT INTO zdt_deploy_backfill (name, kind, alias, \"table\", spec, pacing, lanes,"
            " state, code, params, rows_done, rows_changed, rows_failed, rows_cleaned, started_by,"
            " reason, revision) VALUES ('cups', 'function', 'default', 'filling_cup',"
            " '{\"function\": \"cups\"}', %s, %s, 'planning', '', '{}', 0, 0, 0, 0, '', '', 1)",
            SLOW, LANES,
        )  # fmt: skip
        drill.do(START)

    def strike(self) -> None:
        """SIGKILL to one that holds a lane, at whatever it is."""
        time.sleep(random.uniform(0, 0.2))  # the drill: at a random moment
        kill(self._one_at_work())

    def freeze(self) -> int:
        """SIGSTOP to one that holds a lane: it wakes when others have taken it over."""
        pid = self._one_at_work()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        return pid

    def has_gone_on(self) -> bool:
        """Whether each lane that was struck was worked on under a later token, or is over."""
        return all(self.drill.number(GONE_ON, run, token) for run, token in self.struck)

    def hurry(self) -> None:
        """Let the rest go without rests, in large batches."""
        self.drill.do("""UPDATE zdt_deploy_backfill SET pacing = '{"mode": "none"}'""")

    def bury(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def last_words(self) -> str:
        return self._log.read_text()[-6000:]

    def _one_at_work(self) -> int:
        """The pid of one that holds a lane; the lane and its token are struck."""
        found = eventually(lambda: self.drill.rows(AT_WORK), "a lane at work")
        pid, run, token = random.choice(found)
        self.struck.append((run, token))
        return int(pid)

    def _has_begun(self) -> bool:
        assert self._popen.poll() is None, self.last_words()
        return self.last_words().count("Serving the queue") > LANES


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    """Servers without tables; the machine makes its own."""
    with Services.private() as services:
        yield services


@pytest.fixture
def filling(services: Services, tmp_path: Path) -> Iterator[Drill]:
    with Drill(services, tmp_path, **SETTINGS) as drill:
        yield drill


def fill_under(drill: Drill, blows: int, rows: int, freezes: int = 0) -> None:
    """Fill ``rows`` cups under ``blows`` at random moments, some of which freeze."""
    machine = Machine(drill, rows)
    frozen: list[tuple[float, int]] = []
    try:
        eventually(lambda: drill.number(POURS) > LANES, "the first batches")
        freezing = set(random.sample(range(blows), freezes))
        for blow in range(blows):
            if blow in freezing:
                frozen.append((time.monotonic() + 2 * LEASE, machine.freeze()))
            else:
                machine.strike()
            frozen = [each for each in frozen if not _woken(*each)]
        before = drill.number(POURS)
        eventually(lambda: drill.number(POURS) > before + LANES, "work after the last blow")
        eventually(machine.has_gone_on, "every lane that was struck to go on")
        eventually(lambda: all(_woken(*each) for each in frozen), "the frozen to wake")
        machine.hurry()
        eventually(lambda: drill.number(STATE) == "succeeded", "the end of the backfill")
        assert_filled_once(drill, rows)
        gap = drill.number(LONGEST_GAP).total_seconds()
        print(f"The longest gap of a lane was {gap:.1f} s, at a lease of {LEASE} s.")
    finally:
        machine.bury()
        print(machine.last_words())


def crash(drill: Drill) -> None:
    """PostgreSQL loses what it had not written to its log, and comes back."""
    drill.services.postgres.stop(immediate=True)
    drill.services.postgres.start()
    drill.number("SELECT 1")  # waits until it answers


def _woken(when: float, pid: int) -> bool:
    if time.monotonic() < when:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
    return True


def assert_filled_once(drill: Drill, rows: int) -> None:
    """Every row once; each token's batches by one process; the tokens never went back."""
    assert drill.rows("SELECT filled, count(*) FROM filling_cup GROUP BY 1") == [(1, rows)]
    assert drill.number("SELECT sum(cups) FROM filling_pour") == rows
    assert drill.rows("SELECT 1 FROM filling_pour WHERE run = 0") == []
    assert drill.rows(
        "SELECT run, token FROM filling_pour GROUP BY 1, 2 HAVING count(DISTINCT holder) > 1"
    ) == []  # fmt: skip
    assert drill.rows(
        "SELECT run FROM (SELECT run, token, lag(token) OVER (PARTITION BY run ORDER BY id) before"
        " FROM filling_pour) p WHERE before > token"
    ) == []  # fmt: skip
    assert drill.rows(
        "SELECT run, token, sum(cups) FROM filling_pour GROUP BY 1, 2 ORDER BY 1, 2"
    ) == drill.rows("SELECT run, token, count(*) FROM filling_cup GROUP BY 1, 2 ORDER BY 1, 2")
    assert drill.number("SELECT rows_done FROM zdt_deploy_backfill") == rows


def test_every_row_is_filled_once_whoever_is_killed(filling: Drill) -> None:
    fill_under(filling, blows=3, rows=3000)


@pytest.mark.long
def test_every_row_is_filled_once_through_fifty_random_blows(filling: Drill) -> None:
    fill_under(filling, blows=50, rows=60000, freezes=8)


@pytest.mark.long
def test_what_postgresql_loses_in_a_crash_it_loses_of_rows_and_cursor_alike(
    filling: Drill,
) -> None:
    machine = Machine(filling, rows := 12000)
    try:
        for _crash in range(3):
            before = filling.number(POURS)
            eventually(lambda least=before: filling.number(POURS) > least + 40, "some batches")
            crash(filling)
        machine.hurry()
        eventually(lambda: filling.number(STATE) == "succeeded", "the end of the backfill")
        assert_filled_once(filling, rows)
    finally:
        machine.bury()
        print(machine.last_words())
