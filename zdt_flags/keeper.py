"""Keeps this process's snapshot of the flags fresh, off the request path.

The pulse looks at the version in Redis every ZDT_FLAGS_REFRESH seconds and at the version in
PostgreSQL every ZDT_FLAGS_TRUTH_EVERY seconds. A process without a pulse (a command, a job, a
development server) looks when it asks for a flag, at most every ZDT_FLAGS_REFRESH seconds, and so
does one whose pulse has been silent for ZDT_FLAGS_MAX_AGE seconds.

Asking never fails: while both stores are away the last snapshot answers, and a process that has
none yet answers with the code's defaults.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from zdt_core import database, pulse
from zdt_flags import published, truth
from zdt_flags.conf import conf
from zdt_flags.outages import Outages
from zdt_flags.snapshot import NOTHING, Snapshot, Version

PATIENCE = 2.0
"""Seconds that a question waits for the first snapshot while another thread reads it."""

_AT_ONCE = float("-inf")


@dataclass(frozen=True, slots=True)
class Status:
    """``age`` is the time in seconds since PostgreSQL confirmed the snapshot, None if never."""

    version: int
    source: str
    flags: int
    age: float | None


class Keeper:
    """One per process. ``held`` is swapped by one assignment; ``due`` is the next time to look,
    in seconds of ``clock``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.held: Snapshot = NOTHING
        self.due = _AT_ONCE
        self._truth_due = _AT_ONCE
        self._truth_answers = False
        self._confirmed: float | None = None
        self._seen: Version | None = None  # what lay in Redis at the last look that reached it
        self._reached = False
        self._failures = 0
        self._outages = Outages()
        self._reading = threading.Lock()
        self._reader = 0

    def current(self) -> Snapshot:
        """The snapshot to answer from; looks for a newer one first when that is due."""
        if self.clock() < self.due or self._reader == threading.get_ident():
            return self.held
        first = self.held is NOTHING
        if first or not self._reading.locked():
            if _may_read_here():
                self._look(wait=first)
            else:
                self._look_in_a_thread(wait=first)
        return self.held

    def beat(self) -> None:
        """The pulse's turn: look, and spare the requests from looking for a while."""
        with pulse.one_session(), database.short_session():
            self._look(wait=True, anyway=True)
        self.due = self.clock() + conf.FLAGS_MAX_AGE

    def changed(self) -> None:
        """A change has been committed here: take it up, and publish it for the others."""
        self._truth_due = _AT_ONCE
        if _may_read_here():
            self._look(wait=True, anyway=True)

    def status(self) -> Status:
        age = None if self._confirmed is None else self.clock() - self._confirmed
        held = self.held
        return Status(held.version.number, held.source, len(held.definitions), age)

    def forget(self) -> None:
        """Know nothing; the next question reads the flags."""
        self.held = NOTHING
        self.due = self._truth_due = _AT_ONCE
        self._outages = Outages()

    def after_fork(self) -> None:
        """A child keeps what its parent knew, and looks for itself at its first question."""
        self._reading = threading.Lock()
        self._reader = 0
        self.due = _AT_ONCE

    def _look_in_a_thread(self, wait: bool) -> None:
        def look() -> None:
            with database.short_session():
                self._look(wait)

        thread = threading.Thread(target=look, name="zdt-flags", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is about to end
            return
        if wait:
            thread.join(PATIENCE)

    def _look(self, wait: bool, anyway: bool = False) -> None:
        """Look at the stores, one thread at a time; without ``wait`` only if nobody else does."""
        if not self._reading.acquire(timeout=PATIENCE if wait else 0):
            return
        try:
            if anyway or self.clock() >= self.due:
                self._reader = threading.get_ident()
                self._read()
        finally:
            self._reader = 0
            self._reading.release()

    def _read(self) -> None:
        self._reached = False
        copy_answers = self._attempt("Redis", self._read_copy)
        if self.clock() >= self._truth_due:
            self._truth_due = self.clock() + conf.FLAGS_TRUTH_EVERY
            self._truth_answers = self._attempt("PostgreSQL", self._read_truth)
            if self._truth_answers and self._reached and self._seen != self.held.version:
                self._attempt("Redis (writing)", self._publish)
            elif not self._truth_answers and self.held is NOTHING:
                self._truth_due = _AT_ONCE
        self._failures = 0 if copy_answers or self._truth_answers else self._failures + 1
        pause = min(conf.FLAGS_REFRESH * 2**self._failures, conf.FLAGS_MAX_AGE)
        self.due = self.clock() + pause

    def _attempt(self, store: str, work: Callable[[], None]) -> bool:
        try:
            work()
        except Exception as error:  # whatever a store does, the questions go on
            unknown = self.held is NOTHING
            version = self.held.version.number
            answers = "the defaults in the code answer" if unknown else f"version {version} answers"
            self._outages.met(store, error, answers)
            return False
        self._outages.over(store)
        return True

    def _read_copy(self) -> None:
        """Take what Redis has if it is newer."""
        self._seen = seen = published.version()
        self._reached = True
        held = self.held.version
        if seen is None or seen == held:
            return
        if seen.number > held.number or self.held is NOTHING:
            snapshot = published.fetch()
            if snapshot and snapshot.version.number >= held.number:
                self.held = snapshot
        elif seen.number == held.number:
            self._truth_due = _AT_ONCE  # two histories: PostgreSQL knows which one is true

    def _read_truth(self) -> None:
        """Take what PostgreSQL has, whatever its number."""
        if self.held is NOTHING or truth.version() != self.held.version:
            self.held = truth.load()
        self._confirmed = self.clock()

    def _publish(self) -> None:
        """See that Redis has what PostgreSQL has.

        Redis was read first, and whatever lay there had been committed by then. So what PostgreSQL
        does not know belongs to a past that a restored backup has undone.
        """
        if self._seen is not None and self._seen.number >= self.held.version.number:
            published.withdraw(self._seen)
        published.publish(self.held)


def _may_read_here() -> bool:
    """True where reading neither joins the caller's transaction nor blocks an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        connection = database.connection()
        in_use = connection.connection is not None and not connection.autocommit
        return not (connection.in_atomic_block or in_use)
    return False


keeper = Keeper()
os.register_at_fork(after_in_child=keeper.after_fork)
