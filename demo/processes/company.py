"""The processes of one story, each in a session of its own with its own log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from demo.processes import keeper

POLL_SECONDS = 0.05
TAIL_LINES = 15


class DidNotWork(Exception):
    """Something that the story needs did not come about; the message says what to look at."""


class Process:
    """A child and its log."""

    def __init__(self, name: str, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.name, self.popen, self.log = name, popen, log

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.alive:
            self.popen.send_signal(number)

    def tail(self) -> str:
        """The last lines of the log."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join(f"    {line}" for line in lines) or "    (the log is empty)"

    def trouble(self, what: str) -> DidNotWork:
        """An error that shows the log's end and where the rest is."""
        if not self.alive:
            what = f"{what} It ended with exit code {self.popen.returncode}."
        return DidNotWork(f"{what}\n{self.tail()}\n  The whole log: {self.log}")

    def wait_until(self, true: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for a condition while this process lives. Raises DidNotWork with its log."""
        deadline = time.monotonic() + seconds
        while not true():
            if not self.alive:
                raise self.trouble(f"{self.name} ended before {what}.")
            if time.monotonic() > deadline:
                raise self.trouble(f"{self.name}: waited {seconds:g} s in vain until {what}.")
            time.sleep(POLL_SECONDS)


class Company:
    """Starts processes and sees to it that none is left behind."""

    def __init__(self, environment: Mapping[str, str], directory: Path | None = None) -> None:
        self.environment, self.directory = dict(environment), directory
        self._keeps_logs = False
        self.folder = Path(tempfile.mkdtemp(prefix="zdt-demo-"))
        self.processes: list[Process] = []
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", keeper.__file__, str(self.folder)],
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )
        assert self._keeper.stdin is not None
        self._line = self._keeper.stdin.fileno()

    def __enter__(self) -> Company:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception):
            self.keep_logs()
        self.close()

    def keep_logs(self) -> Path:
        """Leave the folder of the logs in place at the end; returns it."""
        self._keeps_logs = True
        return self.folder

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        extra: Mapping[str, str] | None = None,
        directory: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> Process:
        """Start ``command`` in the story's environment with these extra variables.

        It runs in ``directory``, or else in the company's.
        """
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=directory or self.directory,
                env=self.environment | dict(extra or {}),
                pass_fds=pass_fds,
                start_new_session=True,
                preexec_fn=self._announce,
            )
        self.processes.append(Process(name, popen, log))
        return self.processes[-1]

    def run(
        self,
        name: str,
        command: Sequence[str],
        seconds: float,
        extra: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> Process:
        """Run ``command`` to its end. Raises DidNotWork unless it ends well in time."""
        process = self.start(name, command, extra=extra, directory=directory)
        try:
            code = process.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise process.trouble(f"{name} did not end within {seconds:g} s.") from None
        finally:
            self.end(process, seconds=0)
        if code:
            raise process.trouble(f"{name} failed.")
        return process

    def end(self, process: Process, seconds: float) -> bool:
        """SIGTERM, and SIGKILL for what is left after ``seconds``. True if it ended by itself."""
        process.signal(signal.SIGTERM)
        return self.reap(process, seconds)

    def reap(self, process: Process, seconds: float) -> bool:
        """Wait for the end of a process that was told to end; see `end`."""
        try:
            process.popen.wait(seconds)
            ended = True
        except subprocess.TimeoutExpired:
            ended = False
        keeper.end_session(process.popen.pid)
        process.popen.wait()
        if process in self.processes:
            self.processes.remove(process)
            os.write(self._line, b"-%d\n" % process.popen.pid)
        return ended

    def close(self, seconds: float = 5.0) -> None:
        """End every process, all within ``seconds``, and then the keeper."""
        for process in self.processes:
            process.signal(signal.SIGINT)  # nobody is served any more: no drain
        deadline = time.monotonic() + seconds
        for process in list(self.processes):
            self.reap(process, max(0.0, deadline - time.monotonic()))
        if self._keeps_logs:
            os.write(self._line, b"keep\n")
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait()

    def _announce(self) -> None:
        # in the child, before its program: were the story killed now, the keeper would know
        os.write(self._line, b"+%d\n" % os.getpid())
