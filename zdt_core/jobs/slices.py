"""One slice of a run, as its handler sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from zdt_core import database, drain
from zdt_core.jobs import claims, pace, settling, stopping
from zdt_core.jobs.claims import Claim
from zdt_core.jobs.outcomes import Then

_SAFE_SHARE_OF_LEASE = 0.75


class Save:
    """What a step leaves behind. Call it with what changed; the last call counts."""

    def __init__(self, cursor: dict[str, Any], done: int, total: int | None) -> None:
        self.cursor, self.done, self.total = cursor, done, total
        self.then: Then | None = None

    def __call__(
        self,
        *,
        cursor: dict[str, Any] | None = None,
        done: int | None = None,
        total: int | None = None,
        then: Then | None = None,
    ) -> None:
        """``cursor`` is where to go on (JSON), ``done`` of ``total`` what to show, ``then`` the
        outcome of the whole slice, which ends with this step."""
        self.cursor = self.cursor if cursor is None else cursor
        self.done = self.done if done is None else done
        self.total = self.total if total is None else total
        self.then = then or self.then


class Slice:
    """The work of one run, held under a lease until its handler returns."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.run_id, self.key, self.token = claim.run_id, claim.key, claim.token
        self.kind, self.params = claim.task.kind, claim.params
        self.cursor, self.done, self.total = claim.cursor, claim.done, claim.total
        self.failures = claim.failures
        self.settled = False
        self._rate = claim.rate
        self._renewed = self._counted = claim.taken
        self._started = time.monotonic()

    def should_stop(self) -> bool:
        """Whether to return now: the slice's time is up, the lease nearly so, or the process
        drains or is to end. Look between two steps."""
        now = time.monotonic()
        return (
            stopping.requested()
            or drain.draining()
            or now - self._started >= self.claim.task.queue.slice
            or now - self._renewed >= self.claim.lease * _SAFE_SHARE_OF_LEASE
        )

    @contextmanager
    def commit(self, settings: Mapping[str, str] | None = None) -> Iterator[Save]:
        """One step: data, cursor and a renewed lease commit together, or not at all.

        ``settings`` are PostgreSQL's, by name, for this transaction.
        Raises LeaseLost when the run is ours no more; let it pass through.
        """
        if self.settled:
            raise RuntimeError("This slice has given its run back; return from the handler.")
        save = Save(self.cursor, self.done, self.total)
        with database.atomic(durable=True):
            claims.limit_idling(self.claim, settings)
            yield save
            renewed = time.monotonic()
            counted = save.done - self.done
            rate = self._rate
            if counted:  # the time of steps that count nothing is that of the next one that does
                rate = pace.smoothed(rate, counted, renewed - self._counted)
            self._write(save, rate)
        self.cursor, self.done, self.total = save.cursor, save.done, save.total
        self.settled, self.failures = save.then is not None, 0
        self._rate, self._renewed = rate, renewed
        self._counted = renewed if counted else self._counted

    def settle(self, then: Then) -> None:
        """Give the run back as ``then`` says; for the one who called the handler."""
        with database.atomic():
            settling.settle(self.claim, then)
        self.settled = True

    def _write(self, save: Save, rate: float | None) -> None:
        values: Any = {"cursor": save.cursor, "done": save.done, "total": save.total, "rate": rate}
        if save.then is not None:
            settling.settle(self.claim, save.then, **values)
        else:
            claims.keep(self.claim, **values)
