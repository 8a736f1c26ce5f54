"""What flags have to say to the checklist of a deployment, where zdt_deploy asks for it."""

from __future__ import annotations

from typing import Any

from zdt_core import database, gates
from zdt_core.events import Event
from zdt_core.gates import Finding
from zdt_flags import checks
from zdt_flags.models import Flag

_RAISING = ("flag.created", "flag.enabled", "flag.percentage_set")
LARGEST_JUMP = 50.0
"""Percentage points: the largest step of 5 → 25 → 50 → 100."""


@gates.condition("preflight.flags", "flags")
def flags_are_up(deployment: Any) -> Finding:
    """The tables answer, and changes past zdt are noticed."""
    for message in checks.triggers_are_there(databases=[database.alias()]):
        return gates.closed("flags_check", problem=message.msg, cure=message.hint or "")
    return Finding(gates.Answer.OPEN, "flags_up", {"n": Flag.objects.count()})


@gates.condition("preflight.flags_raised", "flags")
def flags_were_raised_gradually(deployment: Any) -> Finding:
    """Since the deployment's first traffic no flag was raised by more than half of all users."""
    rows = Event.objects.filter(
        kind__in=_RAISING, refused=False, environment=deployment.environment
    )
    if deployment.started_at is not None:
        rows = rows.filter(at__gte=deployment.started_at)
    if deployment.finished_at is not None:
        rows = rows.filter(at__lte=deployment.finished_at)
    raised = 0
    for event in rows.order_by("id"):
        before, after = _shares(event)
        if after - before > LARGEST_JUMP:
            facts = {"before": f"{before:g}", "after": f"{after:g}", "who": event.actor_name}
            return gates.closed("flag_raised_at_once", flag=event.subject_id, **facts)
        raised += after > before
    return Finding(gates.Answer.OPEN, "flags_raised", {"n": raised})


def _shares(event: Event) -> tuple[float, float]:
    """The share of users before and after; one that is switched on had none."""
    if event.kind == "flag.percentage_set":
        return _share(event.before), _share(event.after)
    return 0.0, _share(event.after) if (event.after or {}).get("enabled") else 0.0


def _share(facts: Any) -> float:
    """A flag without a percentage is for everyone."""
    percentage = facts.get("percentage") if isinstance(facts, dict) else None
    return 100.0 if percentage is None else float(percentage)
