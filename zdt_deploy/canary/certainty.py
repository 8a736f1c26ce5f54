"""What evidence adds to the verdict by limits; no I/O.

Limits stay hard: a breach, silence or blindness is what they say. Within them a canary that is
surely worse is a breach, too, and it takes one that is surely fine to be ok. Where both releases
were measured and only something else could not be compared, surely worse is a breach as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.canary.sequential.judge import Opinion
from zdt_deploy.canary.weighing import Gathered

WORSE = {
    "errors": "canary_surely_worse_in_errors",
    "latency": "canary_surely_worse_in_latency",
    "counter": "canary_surely_worse_in_counter",
}
NOT_SURE = {
    "errors": "not_sure_of_errors",
    "latency": "not_sure_of_latency",
    "counter": "not_sure_of_counter",
}
FINE = "canary_surely_fine"
_SIDES = ("canary", "stable")
_MOST_ODDS = 1_000_000


def settle(verdict: Verdict, gathered: Gathered) -> Verdict:
    """``verdict`` in the light of what was ``gathered``."""
    opinion = gathered.opinion
    if opinion is None:
        found = replace(verdict, evidence={**verdict.evidence, "certainty": None})
        if verdict.outcome is not Outcome.OK:
            return found
        facts = {"intervals": gathered.missing}
        return replace(found, outcome=Outcome.WAITING, code="usual_unknown", params=facts)
    shares = shares_of(opinion)
    certainty = {
        **shares,
        "intervals": gathered.blocks,
        "odds": _odds_of(opinion),
        "held_to": gathered.held_to,
    }
    found = replace(verdict, evidence={**verdict.evidence, "certainty": certainty})
    if opinion.is_worse and _may_be_worse(verdict):
        metric = max(shares["worse"], key=lambda m: opinion.worse[m] - opinion.worse_needed[m])
        facts = {"odds": _odds(opinion.worse[metric]), **_numbers(metric, verdict.evidence)}
        code = WORSE[_kind(metric)]
        return replace(found, outcome=Outcome.BREACH, code=code, params=facts)
    if verdict.outcome is not Outcome.OK:
        return found
    weakest = min(shares["fine"], key=lambda metric: shares["fine"][metric])
    if not opinion.is_fine:
        percent = math.floor(100 * shares["fine"][weakest])
        facts = {"percent": percent, **_numbers(weakest, verdict.evidence)}
        code = NOT_SURE[_kind(weakest)]
        return replace(found, outcome=Outcome.WAITING, code=code, params=facts)
    odds = _odds(min(opinion.fine.values()))
    return replace(found, code=FINE, params={**verdict.params, "odds": odds})


def unweighed(verdict: Verdict, reason: str) -> Verdict:
    """``verdict`` where evidence could not be weighed, for this ``reason``: by limits it may go
    back, and it may not go on."""
    found = replace(verdict, evidence={**verdict.evidence, "certainty": None})
    if verdict.outcome not in (Outcome.OK, Outcome.WAITING):
        return found
    facts = {"reason": reason}
    return replace(found, outcome=Outcome.BLIND, code="evidence_unweighed", params=facts)


def _may_be_worse(verdict: Verdict) -> bool:
    if verdict.outcome is Outcome.BLIND:
        return all((verdict.evidence.get(side) or {}).get("requests") for side in _SIDES)
    return verdict.outcome in (Outcome.OK, Outcome.WAITING)


def shares_of(opinion: Opinion) -> dict[str, dict[str, float]]:
    """How much of the evidence that is needed there is, from 0 to 1, by metric."""
    return {
        "worse": {m: _share(log, opinion.worse_needed[m]) for m, log in opinion.worse.items()},
        "fine": {m: _share(log, opinion.fine_needed) for m, log in opinion.fine.items()},
    }


def _share(evidence: float, needed: float) -> float:
    return round(min(1.0, max(0.0, evidence / needed)), 4)


def _odds_of(opinion: Opinion) -> dict[str, Any]:
    """One in how many deployments would look like this by chance, and how many are needed."""
    return {
        "worse": {metric: _odds(log) for metric, log in opinion.worse.items()},
        "worse_needed": {metric: _odds(log) for metric, log in opinion.worse_needed.items()},
        "fine": {metric: _odds(log) for metric, log in opinion.fine.items()},
        "fine_needed": _odds(opinion.fine_needed),
    }


def _odds(log: float) -> int:
    return min(_MOST_ODDS, math.floor(math.exp(min(log, 100.0)) + 1e-9))


def _kind(metric: str) -> str:
    return metric.partition(":")[0]


def _numbers(metric: str, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """What was lately measured of both, None where nothing was."""
    _, _, counter = metric.partition(":")
    params: dict[str, Any] = {"name": counter} if counter else {}
    for side in _SIDES:
        of = evidence.get(side) or {}
        params[f"errors_{side}"] = _rounded(of.get("error_rate"), 3, 100)
        params[f"p95_{side}"] = _rounded(of.get("p95_ms"), 1)
        if counter:
            requests, amount = of.get("requests"), (of.get("counters") or {}).get(counter, 0)
            params[f"amount_{side}"] = _rounded(amount / requests, 5) if requests else None
    return params


def _rounded(value: float | None, digits: int, times: float = 1) -> float | None:
    return None if value is None else round(times * value, digits)
