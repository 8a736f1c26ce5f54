"""How drills look to machines, and in one sentence to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core import messages
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.durations import rounded
from zdt_deploy.drills.due import Place
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import Point, State

LOOKS = {
    State.ANNOUNCED: "warn", State.CALLED: "busy", State.RETURNING: "busy", State.PASSED: "good",
    State.FAILED: "bad", State.UNSEEN: "warn", State.CALLED_OFF: "quiet",
}  # fmt: skip
TITLES = {
    Point.DECISION: gettext_lazy("0 % published"),
    Point.ZERO: gettext_lazy("Every router at 0 %"),
    Point.STABLE: gettext_lazy("All requests on stable"),
}
_FACTS = (
    "id", "service", "environment", "begun_by", "reason", "created_at", "begins_at", "called_at",
    "decided_at", "zero_at", "stable_at", "finished_at", "code", "params", "revision",
)  # fmt: skip


def drill(row: Drill, now: datetime | None = None) -> dict[str, Any]:
    """All of it; a time is null where nobody has seen it."""
    return {
        **{name: getattr(row, name) for name in _FACTS},
        "deployment": row.deployment_id,
        "outcome": row.state,
        "times": [
            {
                "point": each.point.value,
                "seconds": each.seconds,
                "goal_seconds": each.goal,
                "held": None if each.seconds is None else not each.is_over,
            }
            for each in row.taken()
        ],
        "accuracy_seconds": row.accuracy,
        "sentence": describe(row, now),
    }


def place(found: Place, now: datetime) -> dict[str, Any]:
    """Whether a drill is due there."""
    return {
        "environment": found.environment,
        "service": found.service,
        "last_at": found.last,
        "last_passed_at": found.passed,
        "due_at": found.due_at,
        "due": found.is_due(now),
        "overdue": found.is_overdue(now),
        "sentence": of_place(found, now),
    }


def look_of_place(found: Place, now: datetime) -> str:
    if found.live:
        return "busy"
    return "bad" if found.is_overdue(now) else "warn" if found.is_due(now) else "good"


def of_place(found: Place, now: datetime) -> str:
    """Where it stands with its next drill."""
    if found.live:
        return _("A drill is announced or under way.")
    if found.is_overdue(now):
        facts = {"late": rounded((now - found.due_at).total_seconds())}
        return _("A drill is overdue by %(late)s. Next: `manage.py zdt_drill start`.") % facts
    if found.is_due(now):
        return _("A drill is due. Next: it begins by itself, or by `manage.py zdt_drill start`.")
    return _("The next drill is due in %s.") % rounded((found.due_at - now).total_seconds())


def describe(row: Drill, now: datetime | None = None) -> str:
    """Where the drill stands and what comes next."""
    if row.code:
        return messages.text(row.code, row.params)
    if row.state == State.ANNOUNCED:
        left = ((row.begins_at or row.created_at) - (now or clock.now())).total_seconds()
        if left <= 0:
            return _("It begins now.")
        return _("It begins in %s, unless somebody calls it off.") % rounded(left)
    if row.state == State.CALLED:
        return _("The rollback is called for. Next: a worker publishes 0 %.")
    if row.zero_at is None:
        return _("0 % is published. Next: every router obeys that.")
    return _("Every router obeys 0 %. Next: the new release falls silent.")
