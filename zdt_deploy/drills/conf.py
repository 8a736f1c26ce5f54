"""Settings of rollback drills."""

from __future__ import annotations

from zdt_core.conf import Setting, Settings, not_negative, positive
from zdt_core.exceptions import Refused
from zdt_deploy.freezes import weekly

SWITCH_SECONDS = 120.0
"""Within this a canary that nobody watches any more has lost its users."""


def _environments(value: list[str]) -> str | None:
    if all(isinstance(name, str) and name for name in value):
        return None
    return "must be a list of environments such as 'staging'."


def _hours(value: str) -> str | None:
    try:
        weekly.parse(value) if value else ()
    except Refused as refusal:
        return f"must be '' or hours of the week. {refusal}"
    return None


class DrillSettings(Settings):
    """Settings of rollback drills."""

    DRILL_ENVIRONMENTS = Setting[list[str]](
        list,
        [],
        "Environments in which rollbacks may be rehearsed: on deployments under way, which go back "
        "by it. None by default, and production only where it is named.",
        _environments,
    )
    DRILL_EVERY_DAYS = Setting(
        float, 30.0, "Days after a drill at which the next one is due.", positive
    )
    DRILL_HOURS = Setting(
        str,
        "mon-fri 09:00-16:00",
        "Hours of the week, in TIME_ZONE, in which drills that are due begin by themselves; '' "
        "leaves it to people, who are reminded.",
        _hours,
    )
    DRILL_NOTICE_MINUTES = Setting(
        float,
        15.0,
        "Minutes between the announcement of a drill that is due and its beginning.",
        not_negative,
    )
    DRILL_DECISION_SECONDS = Setting(
        float,
        SWITCH_SECONDS,
        "Goal of a drill: seconds from the call for a rollback until 0 % is published.",
        positive,
    )
    DRILL_ZERO_SECONDS = Setting(
        float,
        SWITCH_SECONDS,
        "Goal of a drill: seconds from the call for a rollback until every router obeys 0 %.",
        positive,
    )
    DRILL_STABLE_SECONDS = Setting(
        float,
        SWITCH_SECONDS,
        "Goal of a drill: seconds from the call for a rollback until the new release has served "
        "its last request.",
        positive,
    )


conf = DrillSettings()
