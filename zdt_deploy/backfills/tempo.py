"""The tempo of one lane: how many rows its next batch has and when that begins.

The rules are `pacing`'s; this is where a lane stands among them, from one slice to the next.
"""

from __future__ import annotations

import time
from typing import Any

from zdt_deploy.backfills import pacing
from zdt_deploy.backfills.conf import conf
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.backfills.pacing import Aims, Mode, Pacing, Pressure, Statement

_LATE_SECONDS = pacing.PAUSE
"""How much of a delay an adaptive lane makes up for by resting less, while nothing suffers."""


class Tempo:
    """Of a lane of ``row``. ``kept`` is what the slice before left behind, ``first_rows`` the size
    of a batch whose time nobody knows yet."""

    paced: Pacing
    aims: Aims

    def __init__(self, row: Backfill, kept: dict[str, Any], first_rows: int) -> None:
        self._first_rows = first_rows
        self._size = int(kept.get("size") or first_rows)
        self._limit: int | None = kept.get("limit")
        self._aim: float | None = kept.get("aim")
        self.follow(row, row.lanes)
        self._duty = float(kept.get("duty") or pacing.first_duty(self.aims))
        self._used = self._duty
        self._due = time.monotonic()
        self.part = 0
        """Rows of a statement of the next batch; 0 for all of them in one."""

    def follow(self, row: Backfill, lanes: int) -> None:
        """Take over how ``row`` is paced by now, of which ``lanes`` take part: more than there are
        workers share nothing. Where batches are to be shorter than before, the next one is as
        small as the very first was."""
        self.paced = pacing.parse(row.pacing)
        is_adaptive = self.paced.mode is Mode.ADAPTIVE
        seconds = conf.BACKFILL_BATCH_SECONDS if is_adaptive else conf.BACKFILL_UNTHROTTLED_SECONDS
        duty = self.paced.duty or conf.BACKFILL_DUTY
        self.aims = Aims(
            self.paced.batch_seconds or seconds,
            duty,
            max(duty, self.paced.duty or conf.BACKFILL_DUTY_MOST),
            max(1, min(lanes, row.lanes)),
        )
        if self._aim is None or self.aims.batch_seconds < self._aim:
            self._size = min(self._size, self._first_rows)
        self._size = pacing.fitted(self.paced, self._size)
        self._aim = self.aims.batch_seconds

    @property
    def size(self) -> int:
        """Rows of the next batch."""
        return min(self._size, self._limit or self._size)

    def cut(self, rows: int) -> None:
        """A batch of ``rows`` was too much: go on with halves for a while."""
        self._limit = max(1, rows // 2)

    def heed(self, pressure: Pressure) -> None:
        """Work less of the time, or a little more, as the signals say."""
        if self.paced.mode is Mode.ADAPTIVE:
            if pressure is not Pressure.EASE:
                self._due = max(self._due, time.monotonic())
            before = self._duty if pressure is Pressure.EASE else min(self._duty, self._used)
            self._duty = pacing.duty(before, self.aims, pressure)

    def rest(
        self,
        size: int,
        rows: int,
        *,
        began: float,
        seconds: float,
        cost: float,
        quickest: Statement,
        lease: float,
    ) -> float:
        """Seconds to rest, after a batch of ``rows`` where ``size`` were asked for.

        It ``began`` to lock rows then; its longest transaction took ``seconds`` for them, and
        each ``cost`` others beside that. ``quickest`` is one of its statements.
        """
        if rows >= size / 2:  # the rest of a range tells nothing
            self.part = pacing.part(self.paced, quickest)
        if self._limit is None:
            self._size = pacing.size(self.paced, self.aims, size, rows, seconds, cost)
        elif seconds < lease / 8:
            self._limit = self._limit * 2 if self._limit * 2 < self._size else None
        period = pacing.period(self.paced, self.aims, self._duty, rows, seconds)
        self._used = seconds / period if period else 1.0
        late = _LATE_SECONDS if self.paced.mode is Mode.ADAPTIVE else 0.0
        self._due = max(self._due, began - late) + period
        return self._due - time.monotonic()

    def kept(self) -> dict[str, object]:
        """What the next slice goes on from."""
        return {
            "size": self._size,
            "limit": self._limit,
            "aim": self._aim,
            "duty": round(self._duty, 5),
        }
