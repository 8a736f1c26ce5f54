"""Made-up traffic: what the monitor judged minute by minute, and what Redis holds of the last one.

The numbers wander as real ones do, and are the same in every run.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from tests.deploy.factories import VerdictFactory
from zdt_core import database, fast_copy
from zdt_core.metering import histogram, keys, source
from zdt_deploy.deployments.models import Deployment

PER_MINUTE = 1200
AHEAD_SECONDS = 600
"""So long the page still finds windows of the last minute."""


def verdicts(
    deployment: Deployment,
    *,
    minutes: int,
    begin: float | None = None,
    to_25: int | None = None,
    slow_from: int | None = None,
) -> dict[str, Any]:
    """One a minute, from ``begin`` minutes ago; the facts of the last one.

    With ``slow_from`` the canary answers later each minute from then on, and the last verdict is
    that p95 exceeds its limit.
    """
    chance = random.Random(deployment.pk)
    begin = minutes if begin is None else begin
    for minute in range(minutes):
        step = int(to_25 is not None and minute >= to_25)
        since = minute - (to_25 or 0) if step else minute
        slow = max(0, minute - slow_from) if slow_from else 0
        late = 1 + 0.6 * slow
        canary = _track(chance, (since + 1) * PER_MINUTE * (0.25 if step else 0.05), 0.004, late)
        stable = _track(chance, (since + 1) * PER_MINUTE * (0.75 if step else 0.95), 0.004, 1)
        certainty = _certainty(minute, slow)
        judged = _judged(canary, stable, certainty["fine"])
        if slow_from and minute == minutes - 1:
            judged = _too_slow(canary, stable)
        VerdictFactory(
            deployment=deployment, slot=minute, step=step, **judged,
            at=database.Now() - timedelta(minutes=begin - minute - 1),
            evidence=_evidence(canary, stable, "25" if step else "5", certainty),
        )  # fmt: skip
    facts: dict[str, Any] = judged["params"]
    return facts


def _track(chance: random.Random, requests: float, rate: float, late: float) -> dict[str, Any]:
    wander = late * (1 + 0.08 * (chance.random() - 0.5))
    errors = int(requests * rate * (0.6 + 0.8 * chance.random()))
    return {
        "requests": int(requests), "errors": errors, "misrouted": 0,
        "error_rate": errors / requests, "p50_ms": 42.0 * wander, "p95_ms": 184.0 * wander,
        "p99_ms": 342.0 * wander, "counters": {}, "first_window": 0, "last_window": 0,
    }  # fmt: skip


def _certainty(minute: int, slow: int) -> dict[str, Any]:
    """How much of the evidence is there, ``slow`` minutes after it began to be slow."""
    fine = {
        "errors": min(1.0, minute / 9),
        "latency": max(0.0, min(1.0, minute / 14) - 0.4 * slow),
    }
    worse = {"errors": 0.0, "latency": min(0.9, 0.06 + 0.3 * slow)}
    return {"fine": fine, "worse": worse, "intervals": minute}


def _judged(
    canary: dict[str, Any], stable: dict[str, Any], fine: dict[str, float]
) -> dict[str, Any]:
    if canary["requests"] < 1000:
        params = {"requests": canary["requests"], "minimum": 1000}
        return {"outcome": "waiting", "code": "canary_too_few", "params": params}
    params = {
        "requests": canary["requests"], "stable_requests": stable["requests"],
        "errors_canary": round(100 * canary["error_rate"], 2),
        "errors_stable": round(100 * stable["error_rate"], 2),
        "p95_canary": round(canary["p95_ms"], 1), "p95_stable": round(stable["p95_ms"], 1),
    }  # fmt: skip
    if (least := min(fine.values())) < 1:
        params["percent"] = int(100 * least)
        return {"outcome": "waiting", "code": "not_sure_of_latency", "params": params}
    return {"outcome": "ok", "code": "canary_surely_fine", "params": {**params, "odds": 20}}


def _too_slow(canary: dict[str, Any], stable: dict[str, Any]) -> dict[str, Any]:
    params = {
        "canary": round(canary["p95_ms"], 1), "requests": canary["requests"],
        "stable": round(stable["p95_ms"], 1), "stable_requests": stable["requests"], "limit": 200,
    }  # fmt: skip
    return {"outcome": "breach", "code": "canary_p95_exceeds", "params": params}


def _evidence(
    canary: dict[str, Any], stable: dict[str, Any], share: str, certainty: dict[str, Any]
) -> dict[str, Any]:
    routers = {"followed": 5, "behind": [], "unheard": [], "mute": 0}
    return {"baseline": "concurrent", "share": share, "canary": canary, "stable": stable,
            "routers": routers, "epoch": 2, "then": "", "because": "",
            "certainty": certainty}  # fmt: skip


def hand_in(environment: str, service: str, requests: dict[str, int]) -> None:
    """So many requests a window and release, as processes report them to Redis."""
    client, chance = fast_copy.client(), random.Random(service)
    _, newest = source.clock()
    prefix = keys.prefix(environment, "default", service)
    for window in range(newest - 60, newest + AHEAD_SECONDS, 10):
        for release, number in requests.items():
            latency = histogram.of(chance.lognormvariate(3.75, 0.85) for _ in range(number))
            fields = {f"h{bucket}": count for bucket, count in latency.items()}
            member = f"{release}:web"
            client.sadd(keys.members(prefix, window), member)
            facts = {"s": 10, "n": number, "e": int(chance.random() < 0.4), **fields}
            client.hset(keys.window(prefix, window, member), mapping=facts)
