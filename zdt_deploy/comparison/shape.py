"""How a comparison looks to programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from zdt_deploy.comparison import comparing, figures, pairs, words
from zdt_deploy.comparison.comparing import ErrorChange, QueryChange
from zdt_deploy.comparison.figures import Figure
from zdt_deploy.comparison.pairs import Basis, Pair
from zdt_deploy.comparison.sums import Sums
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import By, Event, State, allowed

_DATABASE = {
    "time": "ms_per_request", "time_p95": "p95_ms", "queries": "queries_per_request",
}  # fmt: skip


def as_json(deployment: Deployment, region: str = "") -> dict[str, Any]:
    """Both comparisons; a number is null where there is not enough data for it."""
    possible = allowed(State(deployment.state), By.PERSON)
    return {
        "id": deployment.pk,
        "service": deployment.service,
        "environment": deployment.environment,
        "version": deployment.version,
        "previous_version": deployment.previous_version,
        "state": deployment.state,
        "region": region or None,
        "regions": pairs.regions(deployment),
        "unseen_regions": pairs.unseen_regions(deployment),
        "missed_seconds": pairs.missed_seconds(deployment, region),
        "can_roll_back": Event.ROLL_BACK in possible,
        "window_until": deployment.window_until,
        "comparisons": [_pair(pair, deployment.state) for pair in pairs.of(deployment, region)],
    }


def _pair(pair: Pair, state: str) -> dict[str, Any]:
    sides = pair.sides
    return {
        "basis": pair.basis.value,
        "weaker": pair.basis is Basis.BEFORE_AFTER,
        "enough_data": figures.is_enough(sides),
        "sentence": words.note(pair, state),
        "old": _side(pair.old_release, sides.old, pair.seconds),
        "new": _side(pair.new_release, sides.new, pair.seconds),
        "error_percent": _figure(figures.error_rate(sides)),
        "latency_ms": {figure.name: _figure(figure) for figure in figures.latency(sides)},
        "database": {_DATABASE[each.name]: _figure(each) for each in figures.database(sides)},
        "errors": [_error(pair, change) for change in comparing.errors(sides)],
        "queries": [_query(pair, change) for change in comparing.queries(sides)],
    }


def _side(release: str, sums: Sums, seconds: int) -> dict[str, Any]:
    last = None if sums.last is None else sums.last + seconds
    return {
        "release": release,
        "requests": sums.requests,
        "failed": sums.failed,
        "seconds": sums.slots * seconds,
        "since": _moment(sums.first),
        "until": _moment(last),
    }


def _moment(stamp: int | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)


def _figure(figure: Figure) -> dict[str, Any]:
    return {"old": _rounded(figure.old), "new": _rounded(figure.new)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _error(pair: Pair, change: ErrorChange) -> dict[str, Any]:
    said = pair.words.get(change.id, {})
    return {
        "id": change.id,
        "change": change.change.value,
        "sure": change.sure,
        **{name: said.get(name, "") for name in ("logger", "level", "text", "where", "sample")},
        "old": _seen(change.old, change.old_rate, change.old_outside),
        "new": _seen(change.new, change.new_rate, change.new_outside),
    }


def _seen(count: int, rate: float | None, outside: int) -> dict[str, Any]:
    return {"count": count, "per_1000_requests": _rounded(rate), "outside_requests": outside}


def _query(pair: Pair, change: QueryChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "change": change.change.value,
        "text": pair.words.get(change.id, {}).get("text", ""),
        "old": _spent(change.old_calls, change.old_time, change.old_mean),
        "new": _spent(change.new_calls, change.new_time, change.new_mean),
    }


def _spent(calls: int, time: float | None, mean: float | None) -> dict[str, Any]:
    return {
        "calls": calls,
        "ms_per_1000_requests": _rounded(time),
        "ms_per_call": _rounded(mean),
    }
