"""What changed from one release to the other: rules over what both did. No I/O.

What too few requests can tell is None or UNCLEAR, never a number. Nor is that which was counted
together with others, and may be among them, ever called new or gone.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from zdt_deploy.comparison.figures import failed, is_enough, per
from zdt_deploy.comparison.odds import surely
from zdt_deploy.comparison.strata import Amount, Falls, Sides
from zdt_deploy.comparison.sums import OTHERS

FEWEST_CALLS = 20
"""Calls of a query in each release below which its times are not compared."""

LARGE = 1.5
"""The ratio from which a rate counts as changed."""

RARE = 15
"""Occurrences in both releases together up to which a pattern counts as rare."""

MOST_SHOWN = 20
"""Queries that are shown: those that take most of a request's time in either release."""


class Change(enum.StrEnum):
    NEW = "new"
    GONE = "gone"
    MORE = "more"
    LESS = "less"
    SAME = "same"
    UNCLEAR = "unclear"


_NOTHING = (0, 0)
_ORDER = (Change.NEW, Change.MORE, Change.GONE, Change.LESS, Change.UNCLEAR, Change.SAME)


@dataclass(frozen=True, slots=True)
class ErrorChange:
    """A pattern: how often in each release, per 1,000 requests where that can be said.

    ``outside`` are occurrences aside from requests, which have no rate. ``sure`` says that chance
    alone would hardly do that.
    """

    id: str
    change: Change
    sure: bool
    old: int
    new: int
    old_rate: float | None
    new_rate: float | None
    old_outside: int
    new_outside: int


@dataclass(frozen=True, slots=True)
class QueryChange:
    """A query: calls and milliseconds per 1,000 requests, and milliseconds a call."""

    id: str
    change: Change
    old_calls: int
    new_calls: int
    old_time: float | None
    new_time: float | None
    old_mean: float | None
    new_mean: float | None


def errors(sides: Sides) -> list[ErrorChange]:
    """Every pattern of either, what is new first, the most frequent first within a kind."""
    found = [_error(id, sides) for id in {**sides.old.errors, **sides.new.errors}]
    return sorted(
        found, key=lambda e: (_ORDER.index(e.change), -(e.new + e.new_outside), -e.old, e.id)
    )


def failures_rose(sides: Sides) -> bool:
    """Whether requests fail surely, and by half, more often."""
    return is_enough(sides) and _rose(sides.falls(failed, failed))


def rare_errors_rose(sides: Sides, but: Collection[str] = ()) -> bool:
    """Whether patterns that are too rare to be told one by one, but some that are left out, are
    surely more often together.

    Messages that are put together before they are logged make each error a pattern of its own.
    """
    ids = {**sides.old.errors, **sides.new.errors}
    rare = {id for id in ids if _occurrences(sides, id) <= RARE} | {OTHERS}
    seen = _inside(*(rare - set(but)))
    return is_enough(sides) and _rose(sides.falls(seen, seen))


def queries(sides: Sides) -> list[QueryChange]:
    """The queries that take most time per request in either release, the longest first."""
    found = [_query(id, sides) for id in {**sides.old.queries, **sides.new.queries}]
    ranked = sorted(found, key=lambda q: (-max(q.old_time or 0, q.new_time or 0), q.id))
    return ranked[:MOST_SHOWN]


def count(changes: Iterable[ErrorChange], change: Change) -> int:
    return sum(each.change is change and each.id != OTHERS for each in changes)


def _inside(*ids: str) -> Amount:
    """How often the patterns were seen inside of requests."""
    return lambda sums: sum(sums.errors.get(id, _NOTHING)[0] for id in ids)


def _spent(*ids: str) -> Amount:
    """The microseconds of the queries."""
    return lambda sums: sum(sums.queries.get(id, _NOTHING)[1] for id in ids)


def _occurrences(sides: Sides, id: str) -> int:
    return sum(side.errors.get(id, _NOTHING)[0] for side in (sides.old, sides.new))


def _rose(falls: Falls) -> bool:
    return surely(int(falls.count), int(falls.of), falls.share) and falls.ratio >= LARGE


def _fell(falls: Falls) -> bool:
    rest = int(falls.of - falls.count)
    return surely(rest, int(falls.of), 1 - falls.share) and falls.ratio <= 1 / LARGE


def _error(id: str, sides: Sides) -> ErrorChange:
    old_in, old_out = sides.old.errors.get(id, _NOTHING)
    new_in, new_out = sides.new.errors.get(id, _NOTHING)
    change, sure = Change.UNCLEAR, False
    if id != OTHERS and is_enough(sides):
        change, sure = _error_change(id, sides, bool(old_in or old_out), bool(new_in or new_out))
    rates = per(1000, id, sides, _inside(id))
    return ErrorChange(id, change, sure, old_in, new_in, rates.old, rates.new, old_out, new_out)


def _error_change(id: str, sides: Sides, in_old: bool, in_new: bool) -> tuple[Change, bool]:
    """Any of what is counted together in one release may have been this pattern."""
    rose = _rose(sides.falls(_inside(id, OTHERS), _inside(id)))
    fell = _fell(sides.falls(_inside(id), _inside(id, OTHERS)))
    if not in_old:
        hidden = OTHERS in sides.old.errors and not rose
        return (Change.UNCLEAR, False) if hidden else (Change.NEW, rose)
    if not in_new:
        return (Change.GONE, True) if fell else (Change.UNCLEAR, False)
    if not _occurrences(sides, id):  # what happens outside of requests has no rate
        return Change.UNCLEAR, False
    if rose or fell:
        return (Change.MORE if rose else Change.LESS), True
    return Change.SAME, False


def _query(id: str, sides: Sides) -> QueryChange:
    old_calls, old_micro = sides.old.queries.get(id, _NOTHING)
    new_calls, new_micro = sides.new.queries.get(id, _NOTHING)
    times = per(1, id, sides, _spent(id))
    change = Change.UNCLEAR
    if id != OTHERS and times.enough:
        change = _query_change(id, sides, old_calls, new_calls)
    return QueryChange(
        id, change, old_calls, new_calls, times.old, times.new,
        _mean(old_calls, old_micro), _mean(new_calls, new_micro),
    )  # fmt: skip


def _query_change(id: str, sides: Sides, old_calls: int, new_calls: int) -> Change:
    if max(old_calls, new_calls) < FEWEST_CALLS:
        return Change.UNCLEAR
    if not old_calls:
        at_least = sides.falls(_spent(OTHERS), _spent(id)).ratio
        return Change.NEW if at_least >= LARGE else Change.UNCLEAR
    if not new_calls:
        at_most = sides.falls(_spent(id), _spent(OTHERS)).ratio
        return Change.GONE if at_most <= 1 / LARGE else Change.UNCLEAR
    if min(old_calls, new_calls) < FEWEST_CALLS:
        return Change.UNCLEAR
    ratio = sides.falls(_spent(id), _spent(id)).ratio
    if ratio >= LARGE:
        return Change.MORE
    return Change.LESS if ratio <= 1 / LARGE else Change.SAME


def _mean(calls: int, microseconds: int) -> float | None:
    """Milliseconds a call, where there are enough calls."""
    return microseconds / 1000 / calls if calls >= FEWEST_CALLS else None
