"""Hours of the week: "fri 16:00-mon 08:00", "mon-fri 22:00-06:00", "daily 12:00-13:00". No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from zdt_core.exceptions import Refused

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, WEEK = 24 * 60, 7 * 24 * 60
MOST_PARTS = 20
_day = "|".join(DAYS)
_time = r"(?:[01]?\d|2[0-3]):[0-5]\d|24:00"
_WRITTEN = re.compile(
    rf"(?P<first>daily|{_day})(?:\s*[-–]\s*(?P<last>{_day}))?"
    rf"(?:\s+(?P<begin>{_time})\s*[-–]\s*(?:(?P<over>{_day})\s+)?(?P<end>{_time}))?"
)


@dataclass(frozen=True, slots=True)
class Span:
    """From the minute ``begin`` of the week, for ``length`` minutes; it may go on past Sunday."""

    begin: int
    length: int

    def left(self, minute: int) -> int:
        """Minutes of it that are left at ``minute`` of the week; 0 outside of it."""
        passed = (minute - self.begin) % WEEK
        return max(0, self.length - passed)


def parse(text: str) -> tuple[Span, ...]:
    """The spans that ``text`` tells, which commas part. Raises Refused("weekly_unreadable")."""
    parts = text.strip().lower().split(",")
    if len(parts) > MOST_PARTS:
        raise Refused("weekly_unreadable", text=text[:80])
    return tuple(span for part in parts for span in _spans(part.strip(), text))


def minute_of(local: datetime) -> int:
    """The minute of the week that ``local``, a time on the wall, lies in."""
    return local.weekday() * DAY + local.hour * 60 + local.minute


def minutes_left(spans: Iterable[Span], local: datetime) -> int:
    """Minutes until the end of the longest span that ``local`` lies in; 0 outside of all."""
    minute = minute_of(local)
    return max((span.left(minute) for span in spans), default=0)


def minutes_until_next(spans: Iterable[Span], local: datetime) -> int:
    """Minutes from ``local`` to the next beginning of a span."""
    minute = minute_of(local)
    return min((span.begin - minute) % WEEK or WEEK for span in spans)


def minutes(spans: Iterable[Span]) -> frozenset[int]:
    """The minutes of the week that lie in one of ``spans``; all of them where there are none."""
    inside = {(span.begin + passed) % WEEK for span in spans for passed in range(span.length)}
    return frozenset(inside or range(WEEK))


def _spans(part: str, text: str) -> list[Span]:
    found = _WRITTEN.fullmatch(part)
    if found is None or (found["last"] and (found["over"] or found["first"] == "daily")):
        raise Refused("weekly_unreadable", text=text[:80])
    days = _days(found["first"], found["last"])
    begin = _minute(found["begin"] or "00:00")
    end = _minute(found["end"] or "24:00")
    if found["over"]:
        if found["first"] == "daily":
            raise Refused("weekly_unreadable", text=text[:80])
        end += (DAYS.index(found["over"]) - days[0]) % 7 * DAY
        end += WEEK if end <= begin else 0
    elif end < begin:
        end += DAY
    if begin >= DAY or end == begin or end - begin >= WEEK:
        raise Refused("weekly_unreadable", text=text[:80])
    return [Span(day * DAY + begin, end - begin) for day in days]


def _days(first: str, last: str | None) -> list[int]:
    if first == "daily":
        return list(range(7))
    begin = DAYS.index(first)
    count = (DAYS.index(last) - begin) % 7 if last else 0
    return [(begin + number) % 7 for number in range(count + 1)]


def _minute(text: str) -> int:
    hour, _colon, minute = text.partition(":")
    return int(hour) * 60 + int(minute)
