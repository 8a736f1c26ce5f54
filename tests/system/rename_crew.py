"""Everybody around a rename in a drill: the shop's generations, their processes, and watchers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from demo.generations import GENERATIONS, lay_out
from demo.services import Services
from tests.system.drill import ROOT, Drill, Process, eventually

SETTINGS = "tests.system.rename_settings"
NAME = "drill"
RELEASES = dict(zip(("1.0", "1.1", "2.0", "3.0"), GENERATIONS, strict=True))
LOCK_SECONDS = 0.2  # ZDT_SCHEMA_LOCK_SECONDS: for how long a schema change queues for a lock

WAITING = """
SELECT extract(epoch FROM clock_timestamp() - l.waitstart)::float, l.mode, left(a.query, 60)
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE NOT l.granted AND l.locktype = 'relation' AND l.relation = to_regclass('users')
  AND a.application_name LIKE 'zdt:%%' AND l.mode IN ('AccessShareLock', 'RowExclusiveLock')
"""
UNEQUAL = "SELECT count(*) FROM users WHERE email_address IS DISTINCT FROM user_email"
FILLED = " AND email_address IS NOT NULL AND user_email IS NOT NULL"
CHANGE = """
SELECT to_jsonb(c) || jsonb_build_object('proven', c.phase IN ('verified', 'switched') AND EXISTS (
    SELECT 1 FROM zdt_deploy_certificate WHERE change_id = c.id AND state = 'valid'
)) FROM zdt_deploy_schemachange c
"""


class Press(Process):
    """A process of a release that reads and writes all the time."""

    release: str

    def account(self) -> dict[str, Any]:
        """What it has said last about itself."""
        lines = [line for line in self.log.read_text().split("\n")[:-1] if line.startswith("{")]
        found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        return found

    def stop(self) -> dict[str, Any]:
        """End it as a deployment would, and see that nothing failed."""
        self.send(signal.SIGTERM)
        assert self.code() == 0, self.last_words()
        account = self.account()
        assert account["final"], self.last_words()
        return account


class Crew:
    """The releases of one shop on servers of its own."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.services = services
        self.drill = Drill(services, folder, DJANGO_SETTINGS_MODULE=SETTINGS)
        self.drill.environment.pop("PGAPPNAME", None)
        self.folders = {
            release: lay_out(generation, folder / release)
            for release, generation in RELEASES.items()
        }
        self.presses: list[Press] = []
        self.background: list[Process] = []
        self.accounts: list[tuple[str, dict[str, Any]]] = []
        self.most = 0

    def fill(self, accounts: int) -> None:
        """Let so many accounts be there. No autovacuum comes by: it is the one reason for which a
        schema change queues for longer, and has tests of its own."""
        self.manage("1.0", "shop_fill", "--accounts", str(accounts))
        self.do("ALTER TABLE users SET (autovacuum_enabled = false)")
        self.most = accounts

    # ---- the releases ----

    def manage(self, release: str, *arguments: str, code: int = 0) -> str:
        """Run a release's command to its end, which must have ``code``; what it printed."""
        done = subprocess.run(
            self._command(release, arguments), cwd=ROOT, env=self._environment(release),
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == code, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def start(self, release: str, *arguments: str, kind: type[Process] = Process) -> Any:
        number = len(self.drill.processes)
        log = self.drill.folder / f"{number}-{release}-{arguments[0]}.log"
        process = kind(self._command(release, arguments), self._environment(release), log)
        self.drill.processes.append(process)
        return process

    def work_as(self, release: str) -> None:
        """Let a worker and a ticker of that release take the place of those before."""
        before, self.background = (
            self.background,
            [
                self.start(release, "zdt_worker"),
                self.start(release, "zdt_ticker"),
            ],
        )
        for process in before:
            process.send(signal.SIGTERM)
        for process in before:
            process.code()

    def press(self, release: str) -> Press:
        """Start a process of a release that reads and writes; returns it once it does."""
        lane = len(self.presses) + len(self.accounts) + 1
        press: Press = self.start(
            release, "press", "--lane", str(lane), "--most", str(self.most), kind=Press
        )
        press.release = release
        self.presses.append(press)
        eventually(lambda: press.account() or not press.alive, f"{release} to work")
        assert press.alive, press.last_words()
        return press

    def stop(self, press: Press) -> None:
        """End a process that reads and writes; its account is judged by `assert_nothing_failed`."""
        self.presses.remove(press)
        self.accounts.append((press.release, press.stop()))

    # ---- what they look at ----

    def query(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(query, values).fetchall()

    def do(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement)

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.services.database_url, autocommit=True, application_name=NAME)

    def columns(self) -> set[str]:
        found = self.query(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass"
            " AND attnum > 0 AND NOT attisdropped"
        )
        return {name for (name,) in found} & {"user_email", "email_address"}

    def triggers(self) -> int:
        [(number,)] = self.query(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'users'::regclass AND NOT tgisinternal"
        )
        return int(number)

    def change(self) -> dict[str, Any]:
        """The record of the rename; empty where there is none."""
        found = self.query(CHANGE)
        return found[0][0] if found else {}

    def until(self, condition: Callable[[], object], what: str, within: float = 180) -> None:
        """Wait for a condition while everybody goes on."""

        def so() -> object:
            for process in (*self.presses, *self.background):
                assert process.alive, process.last_words()
            return condition()

        try:
            eventually(so, what, within)
        except AssertionError as error:
            error.add_note(json.dumps(self.change(), indent=1))
            error.add_note(self.drill.logs())
            raise

    def hurry(self) -> None:
        """Have what fills and what compares go faster than a site would wish. It takes turns with
        the others in crumbs all the same, since they wait for its rows."""
        for kind in ("fill", "compare"):
            self.until(lambda kind=kind: self.live(kind), f"the run that has to {kind}")
            for name in self.live(kind):
                pace = ("--pacing", "fixed", "--rows", "2000", "--pause-ms", "5", "--no-vacuum")
                self.manage("1.1", "zdt_backfill", "pace", name, *pace)

    def live(self, kind: str) -> list[str]:
        found = self.query(
            "SELECT name FROM zdt_deploy_backfill"
            " WHERE kind = %s AND state IN ('planning', 'running')",
            kind,
        )
        return [name for (name,) in found]

    def filled(self) -> int:
        [(rows,)] = self.query("SELECT sum(rows_done) FROM zdt_deploy_range")
        return int(rows or 0)

    def until_phase(self, phase: str) -> None:
        self.until(lambda: self.change().get("phase") == phase, f"the phase {phase}")

    def go_on(self, seconds: float = 1.0) -> None:
        """Let everybody who is there now work for so long: the drill."""
        before = [press.account()["operations"] for press in self.presses]
        time.sleep(seconds)
        for press, number in zip(self.presses, before, strict=True):
            self.until(lambda p=press, n=number: p.account()["operations"] > n, "work", 60)

    def assert_nothing_failed(self, least: int = 10) -> None:
        """Every operation of every process that was started has succeeded."""
        for press in list(self.presses):
            self.stop(press)
        for release, account in self.accounts:
            assert account["failed"] == [], f"{release}: {account['failed'][0]}"
            assert account["operations"] > least, (release, account)

    def _command(self, release: str, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, str(self.folders[release] / "manage.py"), *arguments]

    def _environment(self, release: str) -> dict[str, str]:
        return {**self.drill.environment, "ZDT_VERSION": release}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(self.drill.logs())
        self.drill.__exit__(kind, error, trace)


class Watch:
    """Looks on from the side, all the time: are the columns equal, who waits for a lock?

    ``noise`` is the longest that a statement took which waits for nobody: what a busy machine adds
    to anything.
    """

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.unequal: list[tuple[str, int]] = []
        self.looks = 0
        self.waits: list[tuple[float, str, str]] = []
        self.noise = 0.0
        self.trouble: list[BaseException] = []
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=each)
            for each in ((self._wait, 0.02), (self._compare, 1.0))
        ]

    @property
    def longest_wait(self) -> float:
        return max((seconds for seconds, _mode, _query in self.waits), default=0.0)

    def _run(self, look: Callable[[psycopg.Connection[Any]], None], pause: float) -> None:
        try:
            with self.crew.connect() as connection:
                took = 0.0
                while not self._over.wait(max(pause, 4 * took)):  # looking is a load as well
                    began = time.monotonic()
                    look(connection)
                    took = time.monotonic() - began
        except BaseException as error:
            self.trouble.append(error)

    def _wait(self, connection: psycopg.Connection[Any]) -> None:
        began = time.monotonic()
        self.waits += connection.execute(WAITING).fetchall()
        self.noise = max(self.noise, time.monotonic() - began)

    def _compare(self, connection: psycopg.Connection[Any]) -> None:
        """Every row that is filled is equal; once they are proven to be, every row."""
        try:
            change = self.crew.change()
            query = UNEQUAL if change.get("proven") else UNEQUAL + FILLED
            [(number,)] = connection.execute(query).fetchall()
        except psycopg.errors.UndefinedColumn:
            return
        self.looks += 1
        if number:
            self.unequal.append((change.get("phase", ""), number))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)
        if error is None and self.trouble:
            raise self.trouble[0]
