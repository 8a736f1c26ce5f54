"""Asking for an emergency, approving, declining and reviewing it: each in one transaction.

Every function takes the deployment's id and who asks, returns the emergency, and raises Refused
with nothing changed; a person's attempt is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import IntegrityError

from zdt_core import database, events
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock, machine, moving, refusals, urgency
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL, State
from zdt_deploy.freezes.conf import conf
from zdt_deploy.freezes.models import Emergency
from zdt_deploy.freezes.people import Who

REQUESTED = "deployment.emergency_requested"
APPROVED = "deployment.emergency_approved"
DECLINED = "deployment.emergency_declined"
REVIEWED = "deployment.emergency_reviewed"
OVERDUE = "deployment.review_overdue"
LONGEST = 2000
FORWARD = frozenset({State.PENDING, State.SHIFTING, State.OBSERVING, State.PAUSED, State.HELD})
OVER = frozenset({*FINAL, State.BAKING.value})


def start(who: Who, *, reason: str, **wanted: Any) -> Deployment:
    """Record a deployment as `machine.start` does, and ask for an emergency: it begins once another
    person has approved."""
    _explain(reason, "emergency_reason_missing")
    deployment = machine.start(actor=who.actor, reason=reason, **{**wanted, "hold": True})
    request(deployment.pk, who, reason=reason)
    return deployment


def request(deployment_id: str, who: Who, *, reason: str) -> Emergency:
    """Ask that a deployment may pass freezes and skip observation."""
    with _noted(REQUESTED, deployment_id, who.actor, reason), database.atomic():
        deployment = moving.lock(deployment_id)
        _explain(reason, "emergency_reason_missing")
        if deployment.state not in FORWARD:
            raise Refused("emergency_too_late", id=deployment_id, state=deployment.state)
        asked = of(deployment)
        if asked is not None:
            raise Refused("emergency_asked_already", by=asked.requester, id=deployment_id)
        row: Emergency = Emergency.objects.create(
            deployment=deployment, reason=reason.strip(),
            requested_by=str(who.actor)[:220], requester=who.person,
        )  # fmt: skip
        row.refresh_from_db()
        _record(REQUESTED, deployment, who.actor, reason, person=who.person)
    return row


def approve(
    deployment_id: str, who: Who, *, reason: str = "", expected_revision: int | None = None
) -> Emergency:
    """Let it pass, by the word of a second person, for ZDT_EMERGENCY_HOURS; again, once these are
    over. Its review is due by the first time."""
    with _noted(APPROVED, deployment_id, who.actor, reason), database.atomic():
        deployment, row = _lock(deployment_id, expected_revision)
        if row.approved_at is not None and urgency.holds(deployment, clock.now()):
            raise Refused("emergency_approved_already", by=row.approver, id=deployment_id)
        if who.asked_for(row):
            raise Refused("four_eyes", person=row.requester)
        if deployment.state not in FORWARD:
            raise Refused("emergency_too_late", id=deployment_id, state=deployment.state)
        row = _write(
            row,
            approved_by=str(who.actor)[:220],
            approver=who.person,
            approved_at=database.Now(),
            review_due_at=row.review_due_at
            or database.Now() + timedelta(days=conf.EMERGENCY_REVIEW_DAYS),
        )
        until = database.Now() + timedelta(hours=conf.EMERGENCY_HOURS)
        Deployment.objects.filter(pk=deployment.pk).update(emergency_until=until)
        deployment.refresh_from_db()
        after = {"until": deployment.emergency_until, "review_due_at": row.review_due_at}
        _record(APPROVED, deployment, who.actor, reason, person=who.person, after=after)
    return row


def decline(
    deployment_id: str, actor: Actor, *, reason: str, expected_revision: int | None = None
) -> Emergency:
    """Say no, or take back what one has asked for; the deployment stays as it is."""
    with _noted(DECLINED, deployment_id, actor, reason), database.atomic():
        deployment, row = _lock(deployment_id, expected_revision)
        if row.approved_at is not None:
            raise Refused("emergency_approved_already", by=row.approver, id=deployment_id)
        _explain(reason, "emergency_answer_missing")
        row = _write(row, declined_by=str(actor)[:220], declined_at=database.Now())
        _record(DECLINED, deployment, actor, reason)
    return row


def review(
    deployment_id: str, who: Who, *, reason: str, expected_revision: int | None = None
) -> Emergency:
    """Write down what another person than the one who asked found afterwards."""
    with _noted(REVIEWED, deployment_id, who.actor, reason), database.atomic():
        deployment, row = _lock(deployment_id, expected_revision)
        if row.approved_at is None:
            raise Refused("emergency_not_approved", id=deployment_id)
        if row.reviewed_at is not None:
            raise Refused("emergency_reviewed_already", by=row.reviewer, id=deployment_id)
        if who.asked_for(row):
            raise Refused("review_eyes", person=row.requester)
        if deployment.state not in OVER:
            raise Refused("emergency_not_over", id=deployment_id, state=deployment.state)
        _explain(reason, "emergency_review_missing")
        row = _write(
            row,
            reviewed_by=str(who.actor)[:220],
            reviewer=who.person,
            reviewed_at=database.Now(),
            review=reason.strip(),
        )
        due, at = row.review_due_at, row.reviewed_at
        after = {"late": bool(due and at and at > due)}
        _record(REVIEWED, deployment, who.actor, reason, person=who.person, after=after)
    return row


def of(deployment: Deployment) -> Emergency | None:
    """The deployment's emergency, unless it was declined."""
    row: Emergency | None = Emergency.objects.filter(
        deployment=deployment, declined_at=None
    ).first()
    return row


def _lock(deployment_id: str, expected_revision: int | None) -> tuple[Deployment, Emergency]:
    deployment = moving.lock(deployment_id)
    row = of(deployment)
    if row is None:
        raise Refused("no_emergency", id=deployment_id)
    if expected_revision not in (None, row.revision):
        raise Refused("emergency_moved", id=deployment_id)
    return deployment, row


def _write(row: Emergency, **changes: Any) -> Emergency:
    """The row as it is then; the constraint has the last word on whether two people are two."""
    try:
        with database.atomic():
            Emergency.objects.filter(pk=row.pk).update(revision=row.revision + 1, **changes)
    except IntegrityError as error:
        named = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if named not in ("zdt_emergency_four_eyes", "zdt_emergency_review_eyes"):
            raise
        raise Refused("four_eyes", person=row.requester) from error
    row.refresh_from_db()
    return row


def _explain(reason: str, code: str) -> None:
    if not reason.strip() or len(reason) > LONGEST:
        raise Refused(code, most=LONGEST)


@contextmanager
def _noted(kind: str, deployment_id: str, actor: Actor, reason: str) -> Iterator[None]:
    with refusals.noted(kind, ("deployment", deployment_id), actor=actor, reason=reason):
        yield


def _record(
    kind: str,
    deployment: Deployment,
    actor: Actor,
    reason: str,
    *,
    person: str = "",
    after: dict[str, Any] | None = None,
) -> None:
    events.record(
        kind,
        subject=("deployment", deployment.pk),
        actor=actor,
        after=after,
        reason=reason.strip(),
        params={"person": person} if person else {},
        service=deployment.service,
        environment=deployment.environment,
    )
