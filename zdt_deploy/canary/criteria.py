"""What the release is held to, as sentences with their numbers, and whether each holds now.

The comparisons are the judge's own, over the numbers that its newest verdict recorded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils import formats
from django.utils.translation import gettext as _

from zdt_deploy.canary.limits import Finding, Limits, MetricLimit, compare
from zdt_deploy.canary.samples import Total
from zdt_deploy.canary.sequential.terms import counter_key
from zdt_deploy.deployments.plans import SEQUENTIAL, Plan


@dataclass(frozen=True, slots=True)
class Criterion:
    """``holds`` is None where it cannot be told yet."""

    holds: bool | None
    sentence: str

    @property
    def mark(self) -> str:
        return {True: "✓", False: "✗"}.get(self.holds, "…")  # type: ignore[arg-type]

    @property
    def look(self) -> str:
        return {True: "good", False: "bad"}.get(self.holds, "quiet")  # type: ignore[arg-type]


class Recorded(Total):
    """A total as a verdict recorded it, without its histogram."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__()
        self.requests, self.errors = facts.get("requests") or 0, facts.get("errors") or 0
        self.counters = dict(facts.get("counters") or {})
        self._percentiles = {0.95: facts.get("p95_ms"), 0.99: facts.get("p99_ms")}

    def percentile(self, share: float) -> float | None:
        return self._percentiles.get(share)


def limits_of(plan: Plan) -> Limits:
    """The limits of ``plan``; how long is waited for silence is no part of the comparison."""
    return Limits(
        minimum_sample=plan.minimum_sample,
        minimum_stable=max(1, plan.minimum_sample // 4),
        max_error_delta=plan.max_error_delta,
        max_p95_delta_ms=plan.max_p95_delta_ms,
        max_p99_delta_ms=plan.max_p99_delta_ms,
        metrics=tuple(
            MetricLimit(m.name, m.worse, m.margin, hard=plan.judge != SEQUENTIAL)
            for m in plan.metrics
        ),
    )


class Measurement(Protocol):
    """The numbers of both tracks as a verdict recorded them; None where there are none."""

    @property
    def canary(self) -> Mapping[str, Any] | None: ...
    @property
    def stable(self) -> Mapping[str, Any] | None: ...


def criteria(plan: Plan, measured: Measurement | None) -> list[Criterion]:
    """Every criterion of ``plan`` by what was ``measured`` (None: nothing was)."""
    limits = limits_of(plan)
    canary = Recorded((measured and measured.canary) or {})
    stable = Recorded((measured and measured.stable) or {})
    sample = [
        _sample(_("on the new release"), canary.requests, limits.minimum_sample),
        _sample(_("on stable"), stable.requests, limits.minimum_stable),
    ]
    if not canary.requests or not stable.requests:
        return [*sample, *_unmeasured(limits)]
    known = {"canary": canary.counters, "stable": stable.counters}
    enough = all(one.holds for one in sample)
    findings = compare(canary, stable, limits, known)
    by_evidence = {f"counter_{metric.name}" for metric in limits.metrics if not metric.hard}
    return [
        *sample,
        *(
            _criterion(finding, enough)
            for finding in findings
            if finding.exceeds is None or finding.name not in by_evidence
        ),
    ]


def sureties(plan: Plan, certainty: Mapping[str, Any] | None) -> list[Criterion]:
    """How sure the sequential judge of ``plan`` is, by what a verdict recorded as ``certainty``."""
    if plan.judge != SEQUENTIAL:
        return []
    metrics = ["errors"] if plan.latency_margin is None else ["errors", "latency"]
    metrics += [counter_key(metric.name) for metric in plan.metrics]
    return [_surety(metric, certainty or {}) for metric in metrics]


def _surety(metric: str, certainty: Mapping[str, Any]) -> Criterion:
    kind, _colon, name = metric.partition(":")
    what = _CLAIMS[kind]() % {"name": name}
    if not certainty:
        return Criterion(None, _("%(what)s: no evidence yet.") % {"what": what})
    fine, worse = (certainty[side].get(metric, 0.0) for side in ("fine", "worse"))
    holds = False if worse >= 1 else True if fine >= 1 else None
    facts = {"what": what, "fine": math.floor(100 * fine), "worse": math.floor(100 * worse)}
    sentence = _(
        "%(what)s: %(fine)s %% of the evidence that is needed. For a rollback: %(worse)s %%."
    )
    return Criterion(holds, sentence % facts)


_CLAIMS = {
    "errors": lambda: _("Fails no more often than stable"),
    "latency": lambda: _("No slower than stable"),
    "counter": lambda: _("“%(name)s” per request no worse than on stable"),
}


def _sample(where: str, requests: int, minimum: int) -> Criterion:
    facts = {"requests": _grouped(requests), "minimum": _grouped(minimum), "where": where}
    sentence = _("%(requests)s requests %(where)s: %(minimum)s are needed for a verdict.") % facts
    return Criterion(True if requests >= max(minimum, 1) else None, sentence)


def _criterion(finding: Finding, enough: bool) -> Criterion:
    """A limit counts only once there are enough requests; before that nobody can say."""
    holds = None if finding.exceeds is None or not enough else not finding.exceeds
    params = finding.params
    if finding.name == "errors":
        sentence = _(
            "Error rate %(canary)s %% against %(stable)s %%: may exceed stable by %(limit)s points."
        )
        facts = {name: f"{params[name]:.3g}" for name in ("canary", "stable", "limit")}
    elif finding.name in ("p95", "p99"):
        sentence = _(
            "%(name)s %(canary)s ms against %(stable)s ms: may exceed stable by %(limit)s ms."
        )
        facts = {"name": finding.name, **{n: _ms(params[n]) for n in ("canary", "stable", "limit")}}
    elif "canary" not in params:
        sentence, facts = _("“%(name)s” has not been counted yet."), {"name": params["name"]}
    else:
        sentence = _(
            "“%(name)s” per request %(canary)s against %(stable)s: may be worse by %(limit)s."
        )
        facts = {n: params[n] for n in ("name", "canary", "stable", "limit")}
    return Criterion(holds, sentence % facts)


def _unmeasured(limits: Limits) -> list[Criterion]:
    """The limits alone, before there is anything to hold against them."""
    points = f"{100 * limits.max_error_delta:.3g}"
    found = [_("Error rate: may exceed stable by %s points.") % points]
    for name, limit in (("p95", limits.max_p95_delta_ms), ("p99", limits.max_p99_delta_ms)):
        if limit is not None:
            facts = {"name": name, "limit": _ms(limit)}
            found.append(_("%(name)s: may exceed stable by %(limit)s ms.") % facts)
    for metric in (metric for metric in limits.metrics if metric.hard):
        facts = {"name": metric.name, "limit": f"{metric.margin:g}"}
        found.append(_("“%(name)s” per request: may be worse by %(limit)s.") % facts)
    return [Criterion(None, sentence) for sentence in found]


def _grouped(number: int) -> str:
    return str(formats.number_format(number, force_grouping=True))


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
