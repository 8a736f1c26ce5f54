"""The latest answer of every check in this process. Requests only read here."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from zdt_core.conf import conf
from zdt_core.health import outcomes
from zdt_core.health.outcomes import Outcome, Trend
from zdt_core.health.registry import Check

_trends: dict[str, Trend] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A check as it stands now. ``error`` is a class's name, "pending" or "stale"."""

    healthy: bool
    error: str = ""
    latency_ms: float | None = None
    facts: dict[str, Any] | None = None


def note(name: str, outcome: Outcome) -> bool:
    """Add a result; True when the check's answer changed."""
    known = _trends.get(name)
    if known is None:
        _trends[name] = outcomes.first(outcome)
        return not outcome.ok
    _trends[name] = outcomes.after(
        known, outcome, fail_after=conf.HEALTH_FAIL_AFTER, pass_after=conf.HEALTH_PASS_AFTER
    )
    return _trends[name].healthy != known.healthy


def answer(check: Check) -> Answer:
    """What is known about ``check``; an old answer is never passed off as a present one."""
    trend = _trends.get(check.name)
    if trend is None:
        return Answer(False, "pending")
    last = trend.last
    if time.monotonic() > last.good_until:
        return Answer(False, "stale", last.latency_ms, last.facts)
    return Answer(trend.healthy, last.error, last.latency_ms, last.facts)


def age(check: Check) -> float | None:
    """Seconds since the last result; None without one."""
    trend = _trends.get(check.name)
    return None if trend is None else time.monotonic() - trend.last.at


def forget() -> None:
    """Know nothing any more, as a forked child does."""
    _trends.clear()


os.register_at_fork(after_in_child=forget)
