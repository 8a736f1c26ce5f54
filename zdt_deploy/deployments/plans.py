"""Plans: the steps of a deployment and what is tolerated on the way. No I/O.

A plan is checked when it is made, so that whoever holds one need not look again. Every refusal is
`Refused` with a code that names the field.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from zdt_core.exceptions import Refused
from zdt_deploy.deployments import amounts, durations, waves
from zdt_deploy.deployments.states import Strategy

MOST_STEPS = 100
MOST_BROKEN = 0.99
SEQUENTIAL, THRESHOLDS = JUDGES = ("sequential", "thresholds")
ODDS = ("false_rollback", "false_promotion")


@dataclass(frozen=True, slots=True)
class Step:
    """A share of users in percent, and the seconds it is watched before the next one; of the users
    of one ``region``, or of everyone."""

    percentage: Decimal
    bake_seconds: float = 1800
    region: str = ""

    def __post_init__(self) -> None:
        if self.region != "":
            amounts.name("region", self.region)
        object.__setattr__(self, "percentage", amounts.percentage(self.percentage))
        object.__setattr__(self, "bake_seconds", amounts.seconds("bake_seconds", self.bake_seconds))


@dataclass(frozen=True, slots=True)
class Metric:
    """A counter per request that must not get worse: ``worse`` is "higher" or "lower", and
    ``margin`` is the difference that is tolerated."""

    name: str
    worse: str = "lower"
    margin: float = 0

    def __post_init__(self) -> None:
        amounts.name("metrics.name", self.name)
        amounts.one_of("metrics.worse", self.worse, ("higher", "lower"))
        amounts.number("metrics.margin", self.margin)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a release reaches everyone; all durations in seconds.

    The monitor judges every ``interval_seconds`` once ``minimum_sample`` requests of the step were
    seen, the first ``warm_up_seconds`` left out. ``max_error_delta`` is a fraction (0.02: two
    percentage points more errors than stable), the latency deltas are milliseconds, None does not
    judge them. A canary that cannot be judged for ``patience_seconds`` goes back. Routers go back
    by themselves ``valid_seconds`` after the last sign of the monitor. After 100 % the old release
    is the way back for ``rollback_window_seconds``.

    These limits are hard ones for every ``judge``. With "thresholds" what exceeds one goes back at
    once, and a canary within them goes on. With "sequential" it goes back once it exceeded one in
    each of three intervals, as noise does in a single one. Evidence is gathered then as well
    (`zdt_deploy.canary.sequential`), and the canary goes on once it is surely no worse by a margin:
    ``error_margin`` as a fraction, or half of stable's errors where that is more;
    ``latency_margin`` as a fraction of stable's latency, None leaves latency to the limits.
    Differences up to ``error_tolerance`` and ``latency_tolerance_ms`` are no evidence against it.
    ``metrics`` are judged by evidence as well, with their margin or a fifth of what is usual, and
    not by a limit. ``false_rollback`` and ``false_promotion`` are the probabilities of the two
    mistakes.

    A canary of whose requests more than ``broken_share`` fail, and ten times as many as of
    stable's, goes back within seconds, whichever the judge; None waits for the judge.

    Where steps name regions, the plan goes from one to the next, and at last to everyone.
    ``rollback_scope`` "all" takes everyone back for trouble in one of them, "region" that one only.
    """

    strategy: Strategy
    steps: tuple[Step, ...]
    interval_seconds: float = 60
    minimum_sample: int = 1000
    warm_up_seconds: float = 0
    max_error_delta: float = 0.02
    max_p95_delta_ms: float | None = 200
    max_p99_delta_ms: float | None = None
    patience_seconds: float = 600
    valid_seconds: float = 180
    rollback_window_seconds: float = 86_400
    metrics: tuple[Metric, ...] = ()
    judge: str = SEQUENTIAL
    false_rollback: float = 0.01
    false_promotion: float = 0.05
    error_tolerance: float = 0.001
    error_margin: float = 0.005
    latency_tolerance_ms: float = 10
    latency_margin: float | None = 0.2
    broken_share: float | None = 0.2
    rollback_scope: str = waves.ALL

    def __post_init__(self) -> None:
        strategy = Strategy(amounts.one_of("strategy", self.strategy, tuple(Strategy)))
        object.__setattr__(self, "strategy", strategy)
        for name, check in _CHECKS.items():
            check(name, getattr(self, name))
        amounts.one_of("judge", self.judge, JUDGES)
        amounts.one_of("rollback_scope", self.rollback_scope, waves.SCOPES)
        for name in ODDS:
            if not getattr(self, name):
                raise Refused("never_wrong_is_never_sure", field=name)
        if self.interval_seconds < 1:
            raise Refused("interval_too_short", seconds=self.interval_seconds)
        if self.valid_seconds <= 2 * self.interval_seconds:
            raise Refused(
                "validity_too_short", valid=self.valid_seconds, interval=self.interval_seconds
            )
        _check_steps(self.strategy, self.steps)
        waves.check(self.strategy, self.steps, self.rollback_scope)

    @classmethod
    def default(cls, strategy: str) -> Plan:
        """The plan for those who name none; each step is watched for 30 minutes, each region for
        four hours."""
        known = Strategy(amounts.one_of("strategy", strategy, tuple(Strategy)))
        return cls(known, parse_steps(_STEPS[known]))

    @property
    def regions(self) -> list[str]:
        """The regions of the plan, in their order; empty where it goes everywhere at once."""
        return waves.regions(self.steps)

    @classmethod
    def from_json(cls, value: Any) -> Plan:
        """The plan that ``value`` describes; what it leaves out is the default of its strategy."""
        given = _known(cls, value, "plan")
        plan = cls.default(given.pop("strategy", Strategy.CANARY))
        return plan._with(given)

    @classmethod
    def wished(cls, value: Any) -> Plan:
        """The same of what somebody asks for, and not of a row, which has to be read."""
        return cls.from_json(value)._checked()

    def changed(self, given: Mapping[str, Any]) -> Plan:
        """This plan with some fields changed, as JSON has them."""
        return self._with(given)._checked()

    def _checked(self) -> Plan:
        for name in ODDS:
            if getattr(self, name) >= 1:
                raise Refused("always_wrong_is_never_sure", field=name, value=getattr(self, name))
        if (self.broken_share or 0) > MOST_BROKEN:
            expected = f"a fraction up to {MOST_BROKEN}, or null"
            raise amounts.invalid("broken_share", self.broken_share, expected)
        return self

    def _with(self, given: Mapping[str, Any]) -> Plan:
        values = _known(type(self), given, "plan")
        if "steps" in values:
            values["steps"] = _made(Step, values["steps"], "steps")
        if "metrics" in values:
            values["metrics"] = _made(Metric, values["metrics"], "metrics")
        return replace(self, **values)

    def to_json(self) -> dict[str, Any]:
        """Every field as JSON; `from_json` reads it back to an equal plan."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {
            "strategy": self.strategy.value,
            "steps": [
                {"percentage": f"{step.percentage:f}", "bake_seconds": step.bake_seconds}
                | ({"region": step.region} if step.region else {})
                for step in self.steps
            ],
            "metrics": [
                {"name": metric.name, "worse": metric.worse, "margin": metric.margin}
                for metric in self.metrics
            ],
        }


_STEPS = {
    Strategy.CANARY: "5,25,50,100",
    Strategy.BLUE_GREEN: "100",
    Strategy.ROLLING: "25,50,100",
    Strategy.REGIONAL: "us-east=10:4h,eu-west=30:4h,apac=60:4h,100:4h",
}

_CHECKS: dict[str, Any] = {
    "interval_seconds": amounts.seconds,
    "minimum_sample": amounts.count,
    "warm_up_seconds": amounts.seconds,
    "max_error_delta": amounts.fraction,
    "max_p95_delta_ms": amounts.number_or_none,
    "max_p99_delta_ms": amounts.number_or_none,
    "patience_seconds": amounts.seconds,
    "valid_seconds": amounts.seconds,
    "rollback_window_seconds": amounts.seconds,
    "false_rollback": amounts.fraction,
    "false_promotion": amounts.fraction,
    "error_tolerance": amounts.fraction,
    "error_margin": amounts.fraction,
    "latency_tolerance_ms": amounts.number,
    "latency_margin": amounts.number_or_none,
    "broken_share": amounts.part_or_none,
}


def parse_steps(text: str, bake_seconds: float = 1800) -> tuple[Step, ...]:
    """The steps that "5,25,50,100" means; "5:10m,100:2h" gives each its own time to be watched, and
    "us-east=10,100" a region."""
    steps = []
    for part in text.split(","):
        region, _equals, rest = part.strip().rpartition("=")
        share, colon, bake = rest.partition(":")
        seconds = durations.parse(bake) if colon else bake_seconds
        number = share.strip().removesuffix("%").strip()
        if not amounts.is_numeral(number):
            raise Refused("steps_unreadable", part=part.strip()[:80], text=text[:200])
        steps.append(Step(amounts.percentage(number), seconds, region.strip()))
    return tuple(steps)


def _check_steps(strategy: Strategy, steps: tuple[Step, ...]) -> None:
    shares = [step.percentage for step in steps]
    if not 1 <= len(steps) <= MOST_STEPS:
        raise Refused("plan_has_no_steps", most=MOST_STEPS)
    for first, second in waves.pairs(steps):
        before, after = shares[first], shares[second]
        if after <= before:
            raise Refused("plan_does_not_rise", before=f"{before:f}", after=f"{after:f}")
    if shares[-1] != 100:
        raise Refused("plan_does_not_end_at_100", last=f"{shares[-1]:f}")
    if strategy is Strategy.BLUE_GREEN and len(steps) > 1:
        raise Refused("blue_green_has_one_step", steps=len(steps))


def _made(kind: type[Any], value: Any, field: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise amounts.invalid(field, value, "a list")
    return tuple(
        item if isinstance(item, kind) else _one(kind, _known(kind, item, field), field)
        for item in value
    )


def _one(kind: type[Any], given: dict[str, Any], field: str) -> Any:
    key = fields(kind)[0].name
    if key not in given:
        raise amounts.invalid(field, given, f"“{key}” in each")
    return kind(**given)


def _known(kind: type[Any], value: Any, field: str) -> dict[str, Any]:
    """``value`` as a dict whose keys are all fields of ``kind``."""
    if not isinstance(value, Mapping):
        raise amounts.invalid(field, value, "an object")
    names = [known.name for known in fields(kind)]
    for key in value:
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1)
            if near:
                raise Refused("plan_field_unknown", field=str(key), nearest=near[0])
            raise Refused("plan_field_unheard_of", field=str(key)[:80], known=", ".join(names))
    return dict(value)
