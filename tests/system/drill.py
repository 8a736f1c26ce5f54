"""What drills share: real processes of a site on servers of their own, and patience with a limit.

::

    with Services.private() as services, Drill(services, tmp_path) as drill:
        drill.manage("migrate", "--run-syncdb")
        worker = drill.start("zdt_worker")
        eventually(lambda: drill.number("SELECT count(*) FROM counting_step") > 3, "a step")
        worker.kill()
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg
import redis

from demo.services import Services

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "tests.system.drill_settings"
T = TypeVar("T")


def eventually(condition: Callable[[], T], what: str, within: float = 90.0) -> T:
    """The condition's first true value. Fails with ``what`` when none comes within the limit."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < deadline, f"Waited {within:.0f} s in vain for {what}."
        time.sleep(0.02)
    return value


class Drill:
    """A site of its own: processes by management command, and a look at its data.

    ``environment`` adds to what the processes get. At the end every process is killed.
    """

    def __init__(self, services: Services, folder: Path, **environment: str) -> None:
        self.services = services
        self.folder = folder
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            **services.environment(),
            **environment,
        }
        self.processes: list[Process] = []
        self._connection: psycopg.Connection[Any] | None = None

    def manage(self, *arguments: str, code: int = 0) -> str:
        """Run a command to its end, which must have ``code``; what it printed."""
        done = self.attempt(*arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever its code."""
        return subprocess.run(
            _manage(arguments), cwd=ROOT, env=self.environment, capture_output=True, text=True
        )

    def start(self, *arguments: str) -> Process:
        """Start a command that goes on; its output goes to a file of the drill's folder."""
        log = self.folder / f"{len(self.processes)}-{arguments[0]}.log"
        process = Process(_manage(arguments), self.environment, log)
        self.processes.append(process)
        return process

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The answer of PostgreSQL; waits out a server that is away."""
        for _attempt in range(200):
            try:
                return self._connect().execute(query, values).fetchall()
            except psycopg.OperationalError:
                self._hang_up()
                time.sleep(0.1)
        raise AssertionError("PostgreSQL stayed away for 20 s.")

    def number(self, query: str, *values: object) -> Any:
        """The first value of the answer."""
        return self.rows(query, *values)[0][0]

    def do(self, statement: str, *values: object) -> None:
        """Have PostgreSQL do something."""
        self._connect().execute(statement, values)

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.services.redis_url, socket_timeout=5)

    def logs(self) -> str:
        """The last words of every process."""
        return "\n".join(f"--- {each.log.name}\n{each.last_words()}" for each in self.processes)

    def _connect(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(self.services.database_url, autocommit=True)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up()
        for process in self.processes:
            process.bury()


class Process:
    """One management command, and the children that it starts."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def children(self) -> list[int]:
        """The pids of its children, now."""
        if not self.alive:
            return []
        listing = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in listing.split()]

    def child(self, queue: str) -> int | None:
        """The pid of its worker for ``queue``, once it has been started."""
        for pid in self.children():
            words = _command_line(pid)
            if "--queue" in words and words[words.index("--queue") + 1] == queue:
                return pid
        return None

    def send(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and see it dead."""
        self._popen.kill()
        self._popen.wait()

    def kill_all(self) -> None:
        """SIGKILL to it and its children, as when a machine is lost."""
        children = self.children()
        self.kill()
        for pid in children:
            kill(pid)

    def code(self, within: float = 60.0) -> int:
        """Its exit code, once it has ended by itself."""
        return self._popen.wait(within)

    def bury(self) -> None:
        """End it and its children, whatever state they are in."""
        for pid in self.children():
            kill(pid)
        self.kill()

    def last_words(self, characters: int = 4000) -> str:
        return self.log.read_text(errors="replace")[-characters:]


def kill(pid: int) -> None:
    """SIGKILL to a process of ours; one that has ended already is fine."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def lives(pid: int) -> bool:
    """Whether the process runs; a zombie doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _manage(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def _command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except FileNotFoundError:
        return []
