"""What evidence adds to the verdict by limits; no I/O.

Limits stay hard: a breach, silence or blindness is what they say. Within them a canary that is
surely worse is a breach, too, and it takes one that is surely fine to be ok.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.canary.sequential.judge import Opinion
from zdt_deploy.canary.weighing import Gathered

WORSE = {
    "errors": "canary_surely_worse_in_errors",
    "latency": "canary_surely_worse_in_latency",
}
NOT_SURE = {"errors": "not_sure_of_errors", "latency": "not_sure_of_latency"}
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
    found = replace(
        verdict,
        evidence={**verdict.evidence, "certainty": {**shares, "intervals": gathered.blocks}},
    )
    if verdict.outcome not in (Outcome.OK, Outcome.WAITING):
        return found
    if opinion.is_worse:
        return replace(found, outcome=Outcome.BREACH, **_worse(opinion, verdict.evidence))
    if verdict.outcome is Outcome.OK and not opinion.is_fine:
        weakest = min(shares["fine"], key=lambda metric: shares["fine"][metric])
        percent = math.floor(100 * shares["fine"][weakest])
        code, facts = NOT_SURE[weakest], {"percent": percent}
        return replace(found, outcome=Outcome.WAITING, code=code, params=facts)
    return found


def shares_of(opinion: Opinion) -> dict[str, dict[str, float]]:
    """How much of the evidence that is needed there is, from 0 to 1, by metric."""
    return {
        "worse": _shares(opinion.worse, opinion.worse_needed),
        "fine": _shares(opinion.fine, opinion.fine_needed),
    }


def _shares(evidence: dict[str, float], needed: float) -> dict[str, float]:
    return {
        metric: round(min(1.0, max(0.0, value / needed)), 4) for metric, value in evidence.items()
    }


def _worse(opinion: Opinion, numbers: dict[str, Any]) -> dict[str, Any]:
    """The worst metric's code, with the numbers of the newest windows and the odds of a mistake."""
    metric = max(opinion.worse, key=lambda metric: opinion.worse[metric])
    odds = min(_MOST_ODDS, math.floor(math.exp(min(opinion.worse[metric], 100.0))))
    params: dict[str, Any] = {"odds": odds}
    for side in ("canary", "stable"):
        of = numbers.get(side) or {}
        rate = of.get("error_rate")
        params[f"errors_{side}"] = None if rate is None else round(100 * rate, 3)
        params[f"p95_{side}"] = None if of.get("p95_ms") is None else round(of["p95_ms"], 1)
    return {"code": WORSE[metric], "params": params}
