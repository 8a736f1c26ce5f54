"""The one background thread of a process: when it runs, and which beat is next."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from zdt_core.pulse import beats
from zdt_core.pulse.beats import Beat
from zdt_core.pulse.records import Record, Status, describe
from zdt_core.pulse.turns import Turns

logger = logging.getLogger("zdt.pulse")

STOP_TIMEOUT = 5.0
"""Seconds that `stop` waits for the turn under way."""

SESSION_PATIENCE = 1.0
"""Seconds that a turn waits for somebody else's session to end."""

_LONGEST_SLEEP = 1.0


class Driver:
    """Runs the registered beats. One per process; a forked child gets a fresh one."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._records: dict[str, Record] = {}
        self._session = threading.RLock()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        with self._wake:
            if self.running:
                return
            self._records = {}
            self._ended = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(self._ended,), name="zdt-pulse", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End the thread after the turn under way, then do the last works. Idempotent."""
        with self._wake:
            thread, self._thread = self._thread, None
            self._ended.set()
            self._wake.notify_all()
        if thread is None:
            return
        if thread is not threading.current_thread():
            thread.join(STOP_TIMEOUT)
        for work in list(beats.last_works):
            try:
                work()
            except Exception as error:
                logger.warning("A last work of the pulse failed: %s", describe(error))

    def poke(self, name: str) -> None:
        """``name`` is due now."""
        with self._wake:
            record = self._records.get(name)
            if record is not None:
                record.due = time.monotonic()
            self._wake.notify_all()

    def status(self) -> dict[str, Status]:
        now = time.monotonic()
        return {
            name: self._record(beat, now).status(name, beat.isolated, now)
            for name, beat in sorted(beats.registered.items())
        }

    def run_once(self, beat: Beat) -> None:
        """One turn in the calling thread; raises what the beat raises."""
        now = time.monotonic()
        record = self._record(beat, now)
        record.call(now, 0.0)
        record.begin(now)
        error: BaseException | None = None
        try:
            beat.work()
        except BaseException as raised:
            error = raised
            raise
        finally:
            record.end(time.monotonic(), error)

    @contextmanager
    def one_session(self, patience: float) -> Iterator[None]:
        """Take turns with the other holders, but never wait longer than ``patience`` seconds."""
        ours = self._session.acquire(timeout=patience)
        try:
            yield
        finally:
            if ours:
                self._session.release()

    def _run(self, ended: threading.Event) -> None:
        turns = Turns(lambda: self.one_session(SESSION_PATIENCE))
        while self._sleep(ended):
            for beat, record in self._due():
                if not ended.is_set():
                    turns.take(beat, record)
            turns.look_after_isolated()
        turns.close()

    def _sleep(self, ended: threading.Event) -> bool:
        """Wait for the next due time; False when the pulse ends."""
        with self._wake:
            if not ended.is_set():
                self._wake.wait(self._pause())
            return not ended.is_set()

    def _pause(self) -> float:
        now = time.monotonic()
        dues = [self._record(beat, now).due for beat in list(beats.registered.values())]
        return max(0.0, min((*dues, now + _LONGEST_SLEEP)) - now)

    def _due(self) -> list[tuple[Beat, Record]]:
        """The beats whose time has come, the longest overdue first."""
        now = time.monotonic()
        pairs = [(beat, self._record(beat, now)) for beat in list(beats.registered.values())]
        due = [(beat, record) for beat, record in pairs if record.due <= now]
        return sorted(due, key=lambda pair: pair[1].due)

    def _record(self, beat: Beat, now: float) -> Record:
        return self._records.setdefault(beat.name, Record(due=now))
