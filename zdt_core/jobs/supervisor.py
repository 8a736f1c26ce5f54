"""Keeps one child process per queue alive, so that a long slice never delays a monitor."""

from __future__ import annotations

import logging
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zdt_core.jobs import stopping

_LOOK_SECONDS = 0.2
_SETTLED_SECONDS = 10.0
_LONGEST_PAUSE = 30.0
logger = logging.getLogger("zdt.worker")


@dataclass(slots=True)
class Child:
    """The process of one queue, and how long to wait before its next life."""

    queue: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    pause: float = 0.0
    next_life: float = 0.0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        # a session of its own: Ctrl-C in a terminal reaches the supervisor only
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603
        self.born = time.monotonic()

    def bury(self) -> None:
        """Note a death: one that came soon doubles the pause before the next life."""
        assert self.process is not None
        now = time.monotonic()
        soon = now - self.born < _SETTLED_SECONDS
        self.pause = min(max(1.0, 2 * self.pause), _LONGEST_PAUSE) if soon else 0.0
        self.next_life = now + self.pause
        logger.warning(
            "The worker of %s ended with %s; the next one starts in %.0f s.",
            self.queue, self.process.returncode, self.pause,
        )  # fmt: skip
        self.process = None

    def send(self, number: signal.Signals) -> None:
        if self.alive and self.process is not None:
            self.process.send_signal(number)


class Supervisor:
    """Children by queue; ``command`` makes the command line for a queue."""

    def __init__(self, queues: Sequence[str], command: Callable[[str], Sequence[str]]) -> None:
        self.children = [Child(queue, command(queue)) for queue in queues]

    def run(self) -> int:
        """Supervise until asked to stop: 0 when every child then ended by itself, else 1."""
        stopping.install(on_insisting=self._insist)
        try:
            while True:
                self._keep_alive()
                with stopping.waiting():
                    time.sleep(_LOOK_SECONDS)
        except stopping.StopRequested:
            return self._stop()

    def _keep_alive(self) -> None:
        for child in self.children:
            if child.process is not None and not child.alive:
                child.bury()
            if child.process is None and time.monotonic() >= child.next_life:
                child.start()

    def _stop(self) -> int:
        """Forward one SIGTERM, and wait for as long as the slices at work need."""
        self._send(signal.SIGTERM)
        while any(child.alive for child in self.children):
            time.sleep(_LOOK_SECONDS)
        codes = {child.process.returncode for child in self.children if child.process}
        return 0 if codes <= {0, -signal.SIGTERM} else 1  # -SIGTERM: it had not yet begun

    def _insist(self) -> None:
        """The second demand is passed on as such, a third one kills."""
        self._send(signal.SIGTERM if stopping.insisted() == 1 else signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        for child in self.children:
            child.send(number)
