"""What changed from one release to the other: rules over sums. No I/O.

What too few requests can tell is None or UNCLEAR, never a number.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from zdt_core.metering import histogram
from zdt_deploy.comparison.odds import surely_more
from zdt_deploy.comparison.sums import OTHERS, Sums

FEWEST_REQUESTS = 100
"""Requests of each release below which no rate is told."""

FEWEST_BEYOND = 10
"""Requests that have to lie beyond a percentile: 200 for p95, 1,000 for p99."""

FEWEST_CALLS = 20
"""Calls of a query in each release below which its times are not compared."""

LARGE = 1.5
"""The ratio from which a rate counts as changed."""

PERCENTILES = (0.5, 0.95, 0.99)
MOST_SHOWN = 20
"""Queries that are shown: those that take most of a request's time in either release."""


class Change(enum.StrEnum):
    NEW = "new"
    GONE = "gone"
    MORE = "more"
    LESS = "less"
    SAME = "same"
    UNCLEAR = "unclear"


_ORDER = (Change.NEW, Change.MORE, Change.GONE, Change.LESS, Change.UNCLEAR, Change.SAME)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of each release; None where there is not enough data for it."""

    name: str
    old: float | None
    new: float | None

    @property
    def enough(self) -> bool:
        return self.old is not None and self.new is not None


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


def is_enough(old: Sums, new: Sums) -> bool:
    """Whether rates of both can be told at all."""
    return min(old.requests, new.requests) >= FEWEST_REQUESTS


def latency(old: Sums, new: Sums) -> list[Figure]:
    """p50, p95 and p99 in milliseconds, each where enough requests lie beyond it."""
    return [
        Figure(f"p{share * 100:.0f}", _percentile(old, share), _percentile(new, share))
        for share in PERCENTILES
    ]


def error_rate(old: Sums, new: Sums) -> Figure:
    """Requests in a hundred that failed."""
    return Figure("errors", *(_per(100, sums.failed, sums) for sums in (old, new)))


def database(old: Sums, new: Sums) -> list[Figure]:
    """Milliseconds in the database and queries, per request."""
    return [
        Figure("time", *(_per(1, sums.microseconds / 1000, sums) for sums in (old, new))),
        Figure("queries", *(_per(1, sums.statements, sums) for sums in (old, new))),
    ]


def errors(old: Sums, new: Sums) -> list[ErrorChange]:
    """Every pattern of either, what is new first, the most frequent first within a kind."""
    found = [_error(id, old, new) for id in {**old.errors, **new.errors}]
    return sorted(
        found, key=lambda e: (_ORDER.index(e.change), -(e.new + e.new_outside), -e.old, e.id)
    )


def queries(old: Sums, new: Sums) -> list[QueryChange]:
    """The queries that take most time per request in either release, the longest first."""
    found = [_query(id, old, new) for id in {**old.queries, **new.queries}]
    ranked = sorted(found, key=lambda q: (-max(q.old_time or 0, q.new_time or 0), q.id))
    return ranked[:MOST_SHOWN]


def count(changes: Iterable[ErrorChange], change: Change) -> int:
    return sum(each.change is change and each.id != OTHERS for each in changes)


def _percentile(sums: Sums, share: float) -> float | None:
    if sums.requests * (1 - share) < FEWEST_BEYOND - 1e-6:
        return None
    return histogram.percentile(sums.latency, share)


def _per(times: float, amount: float, sums: Sums) -> float | None:
    return times * amount / sums.requests if sums.requests >= FEWEST_REQUESTS else None


def _error(id: str, old: Sums, new: Sums) -> ErrorChange:
    old_in, old_out = old.errors.get(id, (0, 0))
    new_in, new_out = new.errors.get(id, (0, 0))
    change, sure = _error_change(old_in, old_out, new_in, new_out, old, new)
    if id == OTHERS:
        change, sure = Change.UNCLEAR, False
    return ErrorChange(
        id, change, sure, old_in, new_in,
        _per(1000, old_in, old), _per(1000, new_in, new), old_out, new_out,
    )  # fmt: skip


def _error_change(
    old_in: int, old_out: int, new_in: int, new_out: int, old: Sums, new: Sums
) -> tuple[Change, bool]:
    if not is_enough(old, new):
        return Change.UNCLEAR, False
    more = surely_more(new_in, new.requests, old_in, old.requests)
    less = surely_more(old_in, old.requests, new_in, new.requests)
    if not old_in and not old_out:
        return Change.NEW, more
    if not new_in and not new_out:
        return (Change.GONE, True) if less else (Change.UNCLEAR, False)
    old_rate, new_rate = old_in / old.requests, new_in / new.requests
    if more and new_rate >= LARGE * old_rate:
        return Change.MORE, True
    if less and old_rate >= LARGE * new_rate:
        return Change.LESS, True
    return Change.SAME, False


def _query(id: str, old: Sums, new: Sums) -> QueryChange:
    old_calls, old_micro = old.queries.get(id, (0, 0))
    new_calls, new_micro = new.queries.get(id, (0, 0))
    old_time, new_time = _per(1, old_micro, old), _per(1, new_micro, new)
    change = Change.UNCLEAR
    if id != OTHERS and old_time is not None and new_time is not None:
        change = _query_change(old_calls, new_calls, old_time, new_time)
    return QueryChange(
        id, change, old_calls, new_calls, old_time, new_time,
        _mean(old_calls, old_micro), _mean(new_calls, new_micro),
    )  # fmt: skip


def _query_change(old_calls: int, new_calls: int, old_time: float, new_time: float) -> Change:
    if not old_calls or not new_calls:
        if max(old_calls, new_calls) < FEWEST_CALLS:
            return Change.UNCLEAR
        return Change.GONE if old_calls else Change.NEW
    if min(old_calls, new_calls) < FEWEST_CALLS:
        return Change.UNCLEAR
    if new_time >= LARGE * old_time:
        return Change.MORE
    return Change.LESS if old_time >= LARGE * new_time else Change.SAME


def _mean(calls: int, microseconds: int) -> float | None:
    """Milliseconds a call, where there are enough calls."""
    return microseconds / 1000 / calls if calls >= FEWEST_CALLS else None
