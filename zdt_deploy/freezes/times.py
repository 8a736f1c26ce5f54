"""When a freeze holds: from one moment to another, in hours of the week, or both. No I/O.

Hours of the week are those of the clock on the wall in the freeze's time zone, so that "fri 16:00"
stays that through a change to summer time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from zdt_core.exceptions import Refused
from zdt_deploy.freezes import weekly
from zdt_deploy.freezes.weekly import Span

MOST_TURNS = 100
FIRST_YEAR, LAST_YEAR = 1970, 2999
_OF_THE_MACHINE = ("localtime", "posixrules")


@dataclass(frozen=True, slots=True)
class Times:
    """``begins`` and ``ends`` are None where it is open on that side; without ``spans`` it holds
    all the time between them."""

    begins: datetime | None
    ends: datetime | None
    spans: tuple[Span, ...]
    zone: ZoneInfo

    def hold(self, at: datetime) -> bool:
        """Whether it is frozen at ``at``."""
        if (self.begins and at < self.begins) or (self.ends and at >= self.ends):
            return False
        return not self.spans or weekly.minutes_left(self.spans, self._local(at)) > 0

    def hold_from(self, at: datetime) -> bool:
        """Whether it is ever frozen from ``at`` on."""
        return self.hold(at) or self.next_after(at) is not None

    def cover(self, other: Times, at: datetime) -> bool:
        """Whether it is frozen from ``at`` on at each moment at which it is by ``other``."""
        if self.begins and self.begins > max(other.begins or at, at):
            return False
        if self.ends and (other.ends is None or self.ends < other.ends):
            return False
        mine, theirs = weekly.minutes(self.spans), weekly.minutes(other.spans)
        return len(mine) == weekly.WEEK or (self.zone.key == other.zone.key and mine >= theirs)

    def end_after(self, at: datetime) -> datetime | None:
        """When that ends which holds at ``at``; None where only a person ends it."""
        if not self.spans:
            return self.ends
        end = self._later(at, weekly.minutes_left(self.spans, self._local(at)))
        return end if self.ends is None else min(end, self.ends)

    def next_after(self, at: datetime) -> datetime | None:
        """When it begins (again) after ``at``; None where it does not."""
        first = self.begins if self.begins and self.begins > at else at
        if not self.spans:
            begin = first if first > at else None
        elif first > at and weekly.minutes_left(self.spans, self._local(first)) > 0:
            begin = first
        else:
            begin = self._later(first, weekly.minutes_until_next(self.spans, self._local(first)))
        return None if begin and self.ends and begin >= self.ends else begin

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def _later(self, at: datetime, minutes: int) -> datetime:
        """So many minutes later by the clock on the wall, which shows some hours twice."""
        wall = self._local(at).replace(tzinfo=None, second=0, microsecond=0, fold=0)
        later = (wall + timedelta(minutes=minutes)).replace(tzinfo=self.zone)
        found = later.astimezone(UTC)
        return found if found > at else later.replace(fold=1).astimezone(UTC)


def free_after(freezes: Iterable[Times], at: datetime) -> datetime | None:
    """The first moment from ``at`` on at which none of ``freezes`` holds; None where there is none
    in sight."""
    known = tuple(freezes)
    for _turn in range(MOST_TURNS):
        ends = [times.end_after(at) for times in known if times.hold(at)]
        if not ends:
            return at
        if None in ends:
            return None
        at = max(end for end in ends if end is not None)
    return None


def zone(name: str) -> ZoneInfo:
    """The time zone of that name, which is the same on every machine. Raises
    Refused("time_zone_unknown")."""
    try:
        if name.casefold() in _OF_THE_MACHINE:
            raise KeyError(name)
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Refused("time_zone_unknown", name=name[:80]) from error


def moment(text: str, at: ZoneInfo) -> datetime:
    """The moment that ``text`` tells, such as "2026-12-24 18:00": in ``at`` where it names no
    offset. Raises Refused("moment_unreadable")."""
    try:
        found = datetime.fromisoformat(text.strip())
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValueError(found.year)
    except ValueError as error:
        raise Refused("moment_unreadable", text=text[:80]) from error
    return found if found.tzinfo else found.replace(tzinfo=at)
