"""When zero-downtime work does not pay, from what was measured and what a site says of itself.

No I/O. What nobody measured or said is unknown, and never an argument for or against.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

FEW = 100
"""Below this a decimal tells something."""


class Answer(enum.StrEnum):
    FOR = "for"
    AGAINST = "against"
    UNKNOWN = "unknown"


class Verdict(enum.StrEnum):
    PAYS = "pays"
    DOES_NOT_PAY = "does_not_pay"
    NOT_ENOUGH_DATA = "not_enough_data"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where one side ends: below ``requests_hour`` and from ``deployments_day`` on it does not pay;
    ``reset_seconds`` is the outage that a plain restart makes. Traffic is known from
    ``least_hours`` of measuring on: fewer say nothing of a night, or of a day."""

    requests_hour: float = 100
    deployments_day: float = 10
    reset_seconds: float = 3
    least_hours: float = 24


@dataclass(frozen=True, slots=True)
class Facts:
    """None is unknown. ``hours`` were measured within the last ``days``, in all regions but those
    that are ``unmeasured``; ``people`` are all users of an internal tool."""

    requests_hour: float | None = None
    hours: float = 0
    days: float = 7
    unmeasured: tuple[str, ...] = ()
    deployments_day: float | None = None
    strong_consistency: bool | None = None
    monolith: bool | None = None
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One argument: a code with its facts is its sentence."""

    about: str
    answer: Answer
    code: str
    params: dict[str, Any] = field(default_factory=dict)


def weigh(facts: Facts, limits: Limits) -> tuple[Verdict, list[Finding]]:
    """Whether it pays, and every argument. One argument against it settles it; without any, it
    takes known traffic to say that it pays."""
    findings = [rule(facts, limits) for rule in RULES]
    if any(found.answer is Answer.AGAINST for found in findings):
        return Verdict.DOES_NOT_PAY, findings
    traffic = findings[0].answer is Answer.FOR
    return (Verdict.PAYS if traffic else Verdict.NOT_ENOUGH_DATA), findings


def traffic(facts: Facts, limits: Limits) -> Finding:
    if facts.requests_hour is None or facts.hours < limits.least_hours:
        params: dict[str, Any] = {
            "hours": round(facts.hours, 1), "days": facts.days, "needed": limits.least_hours,
        }  # fmt: skip
        return Finding("traffic", Answer.UNKNOWN, "advice_traffic_unknown", params)
    params = {
        "requests": _shown(facts.requests_hour), "hours": round(facts.hours, 1),
        "days": facts.days, "limit": limits.requests_hour,
    }  # fmt: skip
    if facts.requests_hour < limits.requests_hour:
        if facts.unmeasured:
            params["regions"] = ", ".join(facts.unmeasured)
            return Finding("traffic", Answer.UNKNOWN, "advice_traffic_partial", params)
        return Finding("traffic", Answer.AGAINST, "advice_traffic_low", params)
    during = facts.requests_hour * limits.reset_seconds / 3600
    params |= {"seconds": limits.reset_seconds, "lost": _shown(during)}
    return Finding("traffic", Answer.FOR, "advice_traffic_high", params)


def frequency(facts: Facts, limits: Limits) -> Finding:
    if facts.deployments_day is None:
        return Finding("frequency", Answer.UNKNOWN, "advice_frequency_unknown")
    params = {
        "deployments": round(facts.deployments_day, 2), "limit": limits.deployments_day,
        "seconds": limits.reset_seconds,
    }  # fmt: skip
    if facts.deployments_day >= limits.deployments_day:
        return Finding("frequency", Answer.AGAINST, "advice_too_often", params)
    return Finding("frequency", Answer.FOR, "advice_not_too_often", params)


def consistency(facts: Facts, limits: Limits) -> Finding:
    return _said("consistency", facts.strong_consistency)


def structure(facts: Facts, limits: Limits) -> Finding:
    return _said("monolith", facts.monolith)


def audience(facts: Facts, limits: Limits) -> Finding:
    if facts.people is None:
        return Finding("people", Answer.UNKNOWN, "advice_people_unknown")
    week = None if facts.deployments_day is None else 7 * facts.deployments_day
    if facts.people == 0:
        return Finding("people", Answer.FOR, "advice_people_public")
    if week is None:
        return Finding("people", Answer.AGAINST, "advice_people_few", {"people": facts.people})
    minutes = facts.people * week * limits.reset_seconds / 60
    params = {"people": facts.people, "minutes": round(minutes, 1), "week": round(week, 1)}
    return Finding("people", Answer.AGAINST, "advice_people_few_minutes", params)


RULES: tuple[Callable[[Facts, Limits], Finding], ...] = (
    traffic, frequency, consistency, structure, audience,
)  # fmt: skip


def _shown(number: float) -> float:
    return round(number) if number >= FEW else round(number, 1)


def _said(about: str, said: bool | None) -> Finding:
    if said is None:
        return Finding(about, Answer.UNKNOWN, f"advice_{about}_unknown")
    if said:
        return Finding(about, Answer.AGAINST, f"advice_{about}_yes")
    return Finding(about, Answer.FOR, f"advice_{about}_no")
