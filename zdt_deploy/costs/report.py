"""Costs and advice of one service, for machines and for people: numbers, and where each is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from zdt_core import messages
from zdt_core.exceptions import Refused
from zdt_deploy.costs import advice, measured, rules
from zdt_deploy.costs.advice import Facts, Finding, Limits, Verdict
from zdt_deploy.costs.conf import LIMITS, conf
from zdt_deploy.costs.figures import MEANINGS, Figures
from zdt_deploy.costs.rules import Cost, Pair, Span, Worth
from zdt_deploy.deployments import catalogue
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import Strategy

GIVEN, SET, FLEET, RECORD, DEFAULT = "given", "setting", "fleet", "record", "default"


@dataclass(frozen=True, slots=True)
class Report:
    """``sources`` says of every figure where it is from."""

    figures: Figures
    sources: dict[str, str]
    costs: tuple[Cost, ...]

    @property
    def worths(self) -> tuple[Worth, ...]:
        return tuple(rules.worth(cost, self.figures) for cost in self.costs)


def costs(
    environment: str, service: str, given: Mapping[str, Any], plan: Plan | None = None
) -> Report:
    """What each strategy costs there; ``given`` figures stand before settings, and those before
    what is measured. ``plan`` says how long a deployment takes, each strategy's own otherwise.

    Raises Refused: "cost_instances_unknown" where nobody is alive and none is given.
    """
    sources = dict.fromkeys(MEANINGS, DEFAULT)
    found = Figures()
    for name, values in (
        ("measured", _measured(environment, service)), (SET, conf.COSTS), (GIVEN, given),
    ):  # fmt: skip
        found = found.changed(values)
        sources |= {each: _MEASURED[each] if name == "measured" else name for each in values}
    if sources["instances"] == DEFAULT:
        raise Refused("cost_instances_unknown", service=service, environment=environment)
    return Report(
        found,
        sources,
        tuple(rules.cost(each, found, _span(each, plan, found)) for each in rules.STRATEGIES),
    )


def advise(environment: str, service: str) -> tuple[Verdict, Facts, list[Finding]]:
    """Whether zero-downtime work pays there, and why."""
    seen = measured.traffic(environment, service)
    said = conf.ADVICE
    facts = Facts(
        requests_hour=seen.per_hour,
        hours=seen.hours,
        days=measured.DAYS,
        unmeasured=seen.unmeasured,
        deployments_day=measured.deployments_per_day(environment, service),
        strong_consistency=said.get("strong_consistency"),
        monolith=said.get("monolith"),
        people=said.get("internal_people"),
    )
    limits = Limits(**{name: said[name] for name in LIMITS if name in said})
    verdict, findings = advice.weigh(facts, limits)
    return verdict, facts, findings


def costs_as_json(report: Report) -> dict[str, Any]:
    figures = report.figures
    return {
        "figures": {
            name: {"value": value, "from": report.sources[name], "means": MEANINGS[name]}
            for name, value in asdict(figures).items()
        },
        "baseline": {"instances": figures.instances, "month": rules.baseline(figures)},
        "strategies": {cost.strategy: _cost(cost) for cost in report.costs},
        "outage": _pair(rules.outage(figures)),
        "worth": {
            worth.strategy: {
                "year": _pair(worth.year),
                "spared_year": _pair(worth.spared_year),
                "pays": worth.pays,
                "spares_every_months": worth.spares_every and round(worth.spares_every, 2),
            }
            for worth in report.worths
        },
    }


def advice_as_json(verdict: Verdict, facts: Facts, findings: list[Finding]) -> dict[str, Any]:
    return {
        "verdict": verdict.value,
        "sentence": messages.text(f"advice_{verdict.value}"),
        "facts": asdict(facts),
        "findings": [
            {**asdict(found), "sentence": messages.text(found.code, found.params)}
            for found in findings
        ],
    }


def money(pair: Pair, figures: Figures) -> str:
    """A range of prices, such as "$1,300–1,400"."""
    least, most = (f"{rules.rounded(value, 0):,f}" for value in pair)
    return f"{figures.currency}{least}" + ("" if least == most else f"–{most}")


def count(pair: Pair) -> str:
    """A range of machines, such as "3.3–3.5"."""
    least, most = (f"{rules.rounded(value).normalize():f}" for value in pair)
    return least if least == most else f"{least}–{most}"


def percent(pair: Pair) -> str:
    """A range of percentages, such as "+8–17 %"."""
    least, most = (f"{rules.rounded(value, 0):f}" for value in pair)
    return f"+{least} %" if least == most else f"+{least}–{most} %"


_MEASURED = {"instances": FLEET, "deployments_month": RECORD}


def _measured(environment: str, service: str) -> dict[str, Any]:
    machines = measured.machines(environment, service)
    daily = measured.deployments_per_day(environment, service)
    return {
        **({} if machines is None else {"instances": machines}),
        **({} if daily is None else {"deployments_month": daily * measured.MONTH_DAYS}),
    }


def _span(strategy: str, plan: Plan | None, figures: Figures) -> Span:
    """How long a deployment by ``strategy`` takes. At the last step everyone is there already, and
    the way back is open."""
    if strategy == rules.ROLLING:
        return Span(figures.rolling_minutes / 60, 0)
    if plan is None or _reckoned_as(plan) != strategy:
        plan = catalogue.default(Strategy(strategy))
    before = plan.steps[:-1] or plan.steps
    seconds = sum(step.bake_seconds for step in before)
    return Span(seconds / 3600, plan.rollback_window_seconds / 3600)


def _reckoned_as(plan: Plan) -> str:
    """Region by region it is a canary, which takes as long as all regions together."""
    return rules.CANARY if plan.strategy is Strategy.REGIONAL else plan.strategy.value


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "instances": _pair(cost.instances),
        "month": _pair(cost.month),
        "percent": _pair(cost.percent),
        "steps_hours": round(cost.span.steps, 2),
        "window_hours": round(cost.span.window, 2),
        "instance_hours": _pair(cost.hours),
        "deployment": _pair(cost.deployment),
        "in_a_month": _pair(cost.in_a_month),
    }


def _pair(pair: Pair) -> dict[str, float]:
    return {"least": round(pair[0], 2), "most": round(pair[1], 2)}
