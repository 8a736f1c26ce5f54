"""Hours in which a backfill may work: "22:00-05:00", by a clock that is handed in. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from zdt_core.exceptions import Refused

_WRITTEN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")
DAY = 24 * 60
MOST_TURNS = 366


@dataclass(frozen=True, slots=True)
class Window:
    """From ``begin`` up to ``end``, in minutes after midnight; it may go on past midnight."""

    begin: int
    end: int

    def __contains__(self, minute: int) -> bool:
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end

    def __str__(self) -> str:
        return "-".join(f"{point // 60:02d}:{point % 60:02d}" for point in (self.begin, self.end))


def parse(text: str) -> Window:
    """The window that ``text`` tells. Raises Refused."""
    found = _WRITTEN.fullmatch(str(text).strip())
    if found is None:
        raise Refused("backfill_window_unreadable", text=str(text))
    hours = [int(part) for part in found.groups()]
    begin, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if end > DAY or begin == end:
        raise Refused("backfill_window_unreadable", text=str(text))
    return Window(begin, end)


def seconds_until_open(windows: Iterable[Window], now: datetime) -> float:
    """Seconds from ``now``, in the zone of the windows, until one of them is open; 0 where one
    is."""
    windows = tuple(windows)
    minute = now.hour * 60 + now.minute
    if not windows or any(minute in window for window in windows):
        return 0.0
    return min(_seconds_until(window.begin, now) for window in windows)


def stretched(windows: Iterable[Window], now: datetime, seconds: float) -> float | None:
    """How long ``seconds`` of work take from ``now``, in the zone of the windows, as it rests while
    none is open; None where the end is out of sight."""
    windows = tuple(windows)
    passed = 0.0
    for _turn in range(MOST_TURNS):
        passed += seconds_until_open(windows, later(now, passed))
        at = later(now, passed)
        minute = at.hour * 60 + at.minute
        open_for = max(
            (_seconds_until(window.end, at) for window in windows if minute in window), default=0.0
        )
        if not windows or seconds <= open_for:
            return passed + seconds
        passed, seconds = passed + open_for, seconds - open_for
    return None


def later(now: datetime, seconds: float) -> datetime:
    """What the clock of ``now`` shows ``seconds`` later; it may be put forward or back before."""
    return (now.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(now.tzinfo)


def _seconds_until(minute: int, now: datetime) -> float:
    """From ``now`` to the next time that it is so many minutes after midnight."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    then = (midnight + timedelta(minutes=minute)).replace(fold=now.fold)
    if then <= now:
        then = (then + timedelta(days=1)).replace(fold=0)
    return (then.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
