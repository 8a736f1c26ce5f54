"""One turn of a beat: run it here or aside, close what it left open, say what went wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from django.db import Error as DatabaseError
from django.db import connections

from zdt_core import fast_copy
from zdt_core.pulse.beats import Beat
from zdt_core.pulse.pool import Job, Pool
from zdt_core.pulse.records import Record, describe

logger = logging.getLogger("zdt.pulse")

_AFTER_BAD_PERIOD = 5.0
_SHORTEST_PAUSE = 0.001
_AWAY = (DatabaseError, fast_copy.Error, OSError)
"""Errors that need no traceback: something is away."""


class Turns:
    """Takes the turns of one run of the pulse.

    ``alone`` is held around each turn that is not isolated: it may open a PostgreSQL session.
    """

    def __init__(self, alone: Callable[[], AbstractContextManager[None]]) -> None:
        self._alone = alone
        self._pool = Pool()
        self._aside: dict[str, tuple[Beat, Record, Job]] = {}

    def take(self, beat: Beat, record: Record) -> None:
        """Run ``beat`` now, or aside when it is isolated, and set when it is due again."""
        now = time.monotonic()
        record.call(now, self._pause(beat, record))
        if not beat.isolated:
            with self._alone():
                self._run(beat, record)
        elif not record.busy:
            record.waiting = True
            job = Job(beat.deadline, run=partial(self._run, beat, record))
            self._aside[beat.name] = beat, record, job
            self._pool.submit(job)

    def look_after_isolated(self) -> None:
        """Beyond its deadline nobody waits for an isolated turn any more."""
        now = time.monotonic()
        for beat, record, job in self._aside.values():
            since = record.running_since
            if since is not None and now - since > beat.deadline and not record.late:
                record.late = True
                self._pool.write_off(job)
                if record.is_news("late"):
                    logger.warning("The beat %s runs longer than %.1f s", beat.name, beat.deadline)

    def close(self) -> None:
        self._pool.close()

    def _pause(self, beat: Beat, record: Record) -> float:
        try:
            return max(_SHORTEST_PAUSE, beat.pause())
        except Exception as error:  # a setting that cannot be read must not end the pulse
            self._tell(beat, record, error)
            return _AFTER_BAD_PERIOD

    def _run(self, beat: Beat, record: Record) -> None:
        record.begin(time.monotonic())
        error: Exception | None = None
        try:
            beat.work()
        except Exception as raised:
            error = raised
        try:
            connections.close_all()  # this thread's: no session is held between two turns
        except Exception as raised:
            error = error or raised
        record.end(time.monotonic(), error)
        if error:
            self._tell(beat, record, error)
        elif record.recovered():
            logger.info("The beat %s works again", beat.name)

    def _tell(self, beat: Beat, record: Record, error: Exception) -> None:
        if record.is_news(describe(error)):
            logger.warning(
                "The beat %s failed and is tried again at its next turn: %s",
                beat.name, describe(error), exc_info=None if isinstance(error, _AWAY) else error,
            )  # fmt: skip
