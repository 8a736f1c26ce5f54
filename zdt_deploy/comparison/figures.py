"""Rates and percentiles of both releases. No I/O.

What too few requests can tell is None, never a number.
"""

from __future__ import annotations

from dataclasses import dataclass

from zdt_core.metering import histogram
from zdt_deploy.comparison.strata import Amount, Histogram, Sides
from zdt_deploy.comparison.sums import Sums

FEWEST_REQUESTS = 100
"""Requests of each release below which no rate is told."""

FEWEST_BEYOND = 10
"""Requests that have to lie beyond a percentile: 200 for p95, 1,000 for p99."""

PERCENTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of each release; None where there is not enough data for it."""

    name: str
    old: float | None
    new: float | None

    @property
    def enough(self) -> bool:
        return self.old is not None and self.new is not None


def of(sides: Sides) -> list[Figure]:
    """All of them, as a reader goes through them."""
    return [error_rate(sides), *latency(sides), *database(sides)]


def is_enough(sides: Sides) -> bool:
    """Whether rates of both can be told at all."""
    return min(_weights(sides)) >= FEWEST_REQUESTS


def latency(sides: Sides) -> list[Figure]:
    """p50, p95 and p99 in milliseconds, each where enough requests lie beyond it."""
    return [_percentile(f"p{share * 100:.0f}", sides, _latency, share) for share in PERCENTILES]


def error_rate(sides: Sides) -> Figure:
    """Requests in a hundred that failed."""
    return per(100, "errors", sides, failed)


def database(sides: Sides) -> list[Figure]:
    """Milliseconds in the database per request, their p95, and queries per request."""
    return [
        per(0.001, "time", sides, _microseconds),
        _percentile("time_p95", sides, _in_database, 0.95),
        per(1, "queries", sides, _statements),
    ]


def _weights(sides: Sides) -> tuple[float, float]:
    return sides.old_weight, float(sides.new.requests)


def _percentile(name: str, sides: Sides, read: Histogram, share: float) -> Figure:
    old, new = (
        histogram.percentile(counts, share)
        if weight * (1 - share) >= FEWEST_BEYOND - 1e-6
        else None
        for weight, counts in zip(_weights(sides), sides.histograms(read), strict=True)
    )
    return Figure(name, old, new)


def per(times: float, name: str, sides: Sides, amount: Amount) -> Figure:
    if not sides.strata:
        return Figure(name, None, None)
    old, new = (
        times * rate if weight >= FEWEST_REQUESTS else None
        for weight, rate in zip(_weights(sides), sides.rates(amount), strict=True)
    )
    return Figure(name, old, new)


def failed(sums: Sums) -> float:
    return sums.failed


def _microseconds(sums: Sums) -> float:
    return sums.microseconds


def _statements(sums: Sums) -> float:
    return sums.statements


def _latency(sums: Sums) -> dict[int, int]:
    return sums.latency


def _in_database(sums: Sums) -> dict[int, int]:
    return sums.database
