"""A few threads for work that may hang.

At most `SEATS` jobs run at a time, the one with the shortest deadline first. A job that is
written off gives its seat away, so that a hang delays nobody; its thread ends with it. The
threads are daemons: a hang does not keep the process from ending either.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

SEATS = 2
_numbers = itertools.count()


@dataclass(order=True, slots=True)
class Job:
    deadline: float
    number: int = field(init=False, default_factory=lambda: next(_numbers))
    run: Callable[[], None] = field(compare=False)
    written_off: bool = field(default=False, compare=False, init=False)


class Pool:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        self._seats_taken = 0
        self._idle = 0
        self._closed = False

    def submit(self, job: Job) -> None:
        with self._changed:
            heapq.heappush(self._waiting, job)
            self._seat_somebody()

    def write_off(self, job: Job) -> None:
        """Stop waiting for ``job``, which is running: its seat is free from now on."""
        with self._changed:
            if not job.written_off:
                job.written_off = True
                self._seats_taken -= 1
                self._seat_somebody()

    def close(self) -> None:
        """End idle threads; running jobs are left alone."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _seat_somebody(self) -> None:
        if len(self._waiting) <= self._idle:
            self._changed.notify()
        elif self._seats_taken < SEATS and not self._closed:
            self._seats_taken += 1
            threading.Thread(target=self._work, name="zdt-pulse-aside", daemon=True).start()

    def _work(self) -> None:
        while job := self._next():
            job.run()
            with self._changed:
                if job.written_off:
                    return

    def _next(self) -> Job | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            if self._closed:
                self._seats_taken -= 1
                return None
            return heapq.heappop(self._waiting)
