"""What is tolerated, and the comparison of two sums with it; no I/O.

A difference is *exceeded* (True), within its limit (False), or could not be made (None): a missing
or impossible number never counts as within.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from zdt_deploy.canary.samples import Total

Known = Mapping[str, Collection[str]]
"""Names of counters, of "canary" and of "stable"."""

_FLATTERING = {
    "higher": ("canary", "metric_absent_on_canary"),
    "lower": ("stable", "metric_absent_on_stable"),
}
"""Whose silence would be in favour of the canary, by what is worse."""
ONE_SIDED = frozenset(code for _side, code in _FLATTERING.values())
"""Codes of counters that the other side alone has counted: perhaps there was nothing to count."""


@dataclass(frozen=True, slots=True)
class MetricLimit:
    """A named counter per request. ``worse`` is "higher" or "lower", ``margin`` is tolerated.
    Where it is not ``hard``, evidence judges it, and it only has to be counted."""

    name: str
    worse: str
    margin: float
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """What is tolerated. ``max_error_delta`` is a fraction: 0.02 is two percentage points.

    ``silence_seconds`` is the grace before a track without requests counts as silent. A limit has
    to be exceeded in each of so many ``spans``, one after the other, each as long as the sample.
    ``routed`` says that users are sent by the share, so that it tells how many requests are due.
    """

    minimum_sample: int = 1000
    minimum_stable: int = 250
    interval_seconds: float = 60
    spans: int = 1
    silence_seconds: float = 30
    max_error_delta: float = 0.02
    max_p95_delta_ms: float | None = 200
    max_p99_delta_ms: float | None = None
    metrics: tuple[MetricLimit, ...] = ()
    routed: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison: its code as a breach, whether the limit is exceeded, and the numbers."""

    name: str
    code: str
    exceeds: bool | None
    params: dict[str, Any]


def compare(canary: Total, stable: Total, limits: Limits, known: Known) -> list[Finding]:
    """Every comparison that ``limits`` ask for, worst news first. Both sums hold requests.

    ``known`` are the counters that each side has counted lately.
    """
    findings = [_errors(canary, stable, limits.max_error_delta)]
    if limits.max_p95_delta_ms is not None:
        findings.append(_latency("p95", 0.95, canary, stable, limits.max_p95_delta_ms))
    if limits.max_p99_delta_ms is not None:
        findings.append(_latency("p99", 0.99, canary, stable, limits.max_p99_delta_ms))
    return findings + [_metric(canary, stable, metric, known) for metric in limits.metrics]


def _errors(canary: Total, stable: Total, limit: float) -> Finding:
    ours = Fraction(canary.errors, canary.requests)
    theirs = Fraction(stable.errors, stable.requests)
    params = {"canary": _percent(ours), "stable": _percent(theirs), "limit": _percent(limit)}
    return Finding("errors", "canary_errors_exceed", _exceeds(ours - theirs, limit), params)


def _latency(name: str, share: float, canary: Total, stable: Total, limit: float) -> Finding:
    ours, theirs = canary.percentile(share), stable.percentile(share)
    params = {"canary": _round(ours), "stable": _round(theirs), "limit": limit}
    exceeds = None if ours is None or theirs is None else _exceeds(ours - theirs, limit)
    return Finding(name, f"canary_{name}_exceeds", exceeds, params)


def _metric(canary: Total, stable: Total, metric: MetricLimit, known: Known) -> Finding:
    """Where one side alone counts it, the other's is nothing, unless that would be in favour of the
    canary: then it is not known."""
    name = f"counter_{metric.name}"
    if not any(metric.name in names for names in known.values()):
        return Finding(name, "metric_absent", None, {"name": metric.name})
    side, code = _FLATTERING[metric.worse]
    if metric.name not in known[side]:
        return Finding(name, code, None, {"name": metric.name})
    ours, theirs = _per_request(canary, metric.name), _per_request(stable, metric.name)
    params = {
        "name": metric.name,
        "canary": None if ours is None else round(float(ours), 6),
        "stable": None if theirs is None else round(float(theirs), 6),
        "limit": metric.margin,
    }
    if ours is None or theirs is None:
        return Finding(name, "canary_metric_exceeds", None, params)
    worse_by = ours - theirs if metric.worse == "higher" else theirs - ours
    exceeds = _exceeds(worse_by, metric.margin) if metric.hard else False
    return Finding(name, "canary_metric_exceeds", exceeds, params)


def _per_request(total: Total, name: str) -> Fraction | None:
    """None when the sum left the range of floats."""
    value = total.counters.get(name, 0)
    return Fraction(value) / total.requests if math.isfinite(value) else None


def _exceeds(delta: Fraction | float, limit: float) -> bool | None:
    """Exact, so that a delta which equals its limit does not exceed it by a rounding error."""
    if not math.isfinite(delta) or not math.isfinite(limit):
        return None
    return Fraction(delta) > Fraction(str(limit))


def _percent(share: Fraction | float) -> float:
    return round(float(share) * 100, 3)


def _round(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)
