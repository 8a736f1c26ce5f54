"""How freezes and emergencies look to machines, and in one sentence to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from zdt_core import messages
from zdt_deploy.deployments import clock, urgency
from zdt_deploy.deployments.durations import rounded
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes import emergencies, gate
from zdt_deploy.freezes.models import Emergency

_EMERGENCY = (
    "reason", "requested_by", "requester", "requested_at", "approved_by", "approver",
    "approved_at", "declined_by", "declined_at", "review_due_at", "reviewed_by", "reviewer",
    "reviewed_at", "review",
)  # fmt: skip


def emergency(deployment: Deployment) -> dict[str, Any] | None:
    """The deployment's emergency; None where nobody asked for one, or it was declined."""
    row = emergencies.of(deployment)
    if row is None:
        return None
    facts = {name: getattr(row, name) for name in _EMERGENCY}
    return {**facts, "standing": standing(row), "until": deployment.emergency_until}


def frozen(deployment: Deployment) -> dict[str, Any] | None:
    """The freeze that keeps the deployment from going on, as a code with its facts; None where
    there is none, or it is an emergency that passes it."""
    found = gate.is_not_frozen(deployment)
    if not found.code or urgency.holds(deployment, clock.now()):
        return None
    said = messages.text(found.code, found.params)
    return {"code": found.code, "params": found.params, "sentence": said}


def told(deployment: Deployment) -> list[tuple[str, str]]:
    """What is to be said of both, each with its look; nothing where neither is."""
    row, found = emergencies.of(deployment), frozen(deployment)
    lines = [("warn", describe(row))] if row is not None else []
    forward = deployment.state in emergencies.FORWARD
    return [*lines, ("warn", found["sentence"])] if found and forward else lines


def standing(row: Emergency) -> str:
    """One word: requested, declined, approved or reviewed."""
    if row.declined_at:
        return "declined"
    if row.reviewed_at:
        return "reviewed"
    return "approved" if row.approved_at else "requested"


def is_spent(row: Emergency, now: datetime | None = None) -> bool:
    """Whether its time is over while its deployment still has a way to go: it may be approved
    again."""
    return (
        standing(row) == "approved"
        and row.deployment.state in emergencies.FORWARD
        and not urgency.holds(row.deployment, now or clock.now())
    )


def describe(row: Emergency, now: datetime | None = None) -> str:
    """Where the emergency stands and what comes next."""
    now = now or clock.now()
    return _SENTENCES[standing(row)](row, now)


def _requested(row: Emergency, now: datetime) -> str:
    return _(
        "%(requester)s asks that %(version)s goes as an emergency: %(reason)s Next: another person "
        "approves or declines."
    ) % _facts(row)


def _declined(row: Emergency, now: datetime) -> str:
    return _("The emergency that %(requester)s asked for was declined by %(declined)s.") % _facts(
        row
    )


def _approved(row: Emergency, now: datetime) -> str:
    until = row.deployment.emergency_until
    facts = {**_facts(row), "review": _due(row, now)}
    if is_spent(row, now):
        return (
            _(
                "The emergency that %(requester)s asked for and %(approver)s approved is over, and "
                "%(version)s has not reached everyone. Approve it again, or let it be. %(review)s"
            )
            % facts
        )
    if until is None or until <= now:
        return (
            _(
                "The emergency that %(requester)s asked for and %(approver)s approved is over. "
                "%(review)s"
            )
            % facts
        )
    facts["left"] = rounded((until - now).total_seconds())
    return (
        _(
            "An emergency, asked for by %(requester)s and approved by %(approver)s: for another "
            "%(left)s it passes freezes and skips observation. Limits and the monitor stay. "
            "%(review)s"
        )
        % facts
    )


def _due(row: Emergency, now: datetime) -> str:
    due = row.review_due_at or now
    if due <= now:
        return _("Its review is overdue by %s.") % rounded((now - due).total_seconds())
    return _("Next: its review, within %s.") % rounded((due - now).total_seconds())


def _reviewed(row: Emergency, now: datetime) -> str:
    return _(
        "The emergency that %(requester)s asked for and %(approver)s approved was reviewed by "
        "%(reviewer)s: %(review)s"
    ) % {**_facts(row), "review": row.review}


def _facts(row: Emergency) -> dict[str, str]:
    end = "" if row.reason.rstrip().endswith((".", "!", "?")) else "."
    return {
        "requester": row.requester,
        "approver": row.approver,
        "reviewer": row.reviewer,
        "declined": row.declined_by.partition(":")[2],
        "version": row.deployment.version,
        "reason": row.reason + end,
    }


_SENTENCES = {
    "requested": _requested,
    "declined": _declined,
    "approved": _approved,
    "reviewed": _reviewed,
}
