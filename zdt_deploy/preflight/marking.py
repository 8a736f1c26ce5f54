"""What people do with the checklist: tick, waive, take back. Each with its event, or not at all.

Every function raises `Refused` with nothing changed; a person's refused attempt is recorded.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError

from zdt_core import database, events
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import moving, refusals
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import phases, registry
from zdt_deploy.preflight.models import PreflightMark
from zdt_deploy.preflight.registry import Item

TICKED = "deployment.item_ticked"
WAIVED = "deployment.item_waived"
WITHDRAWN = "deployment.item_withdrawn"


def tick(deployment_id: str, item: str, *, actor: Actor, reason: str = "") -> PreflightMark:
    """Say that somebody has looked, and that all is well."""
    return _mark(deployment_id, item, PreflightMark.Kind.TICK, TICKED, actor, reason)


def waive(deployment_id: str, item: str, *, actor: Actor, reason: str) -> PreflightMark:
    """Go without an item; the reason goes into the record."""
    return _mark(deployment_id, item, PreflightMark.Kind.WAIVER, WAIVED, actor, reason)


def withdraw(deployment_id: str, item: str, *, actor: Actor, reason: str = "") -> PreflightMark:
    """Take the mark back that the item has on this deployment."""
    subject = ("deployment", deployment_id)
    with refusals.noted(WITHDRAWN, subject, actor=actor, reason=reason), database.atomic():
        deployment = moving.lock(deployment_id)
        found = _item(item)
        _require_open(found, deployment)
        mark: PreflightMark | None = _holding(deployment, item)
        if mark is None:
            raise Refused("preflight_no_mark", item=item, id=deployment_id)
        PreflightMark.objects.filter(pk=mark.pk).update(
            withdrawn_by=str(actor), withdrawn_at=database.Now()
        )
        mark.refresh_from_db()
        _record(WITHDRAWN, deployment, mark, actor, reason, before=_facts(mark), after=None)
    return mark


def _mark(
    deployment_id: str, name: str, kind: str, event: str, actor: Actor, reason: str
) -> PreflightMark:
    subject = ("deployment", deployment_id)
    reason = reason.strip()
    with refusals.noted(event, subject, actor=actor, reason=reason), database.atomic():
        deployment = moving.lock(deployment_id)
        item = _item(name)
        _require_open(item, deployment)
        if kind == PreflightMark.Kind.TICK and not item.by_hand:
            raise Refused("preflight_not_by_hand", item=name)
        if kind == PreflightMark.Kind.WAIVER and not reason:
            raise Refused("preflight_reason_missing", item=name)
        mark = _write(deployment, name, kind, actor, reason)
        _record(event, deployment, mark, actor, reason, before=None, after=_facts(mark))
    return mark


def _item(name: str) -> Item:
    found = registry.find(name)
    if found is None:
        known = ", ".join(item.name for item in registry.items())
        raise Refused("preflight_item_unknown", item=name[:80], known=known)
    return found


def _require_open(item: Item, deployment: Deployment) -> None:
    """The list before closes with the start, and nothing is said of what is yet to come."""
    at = {"item": item.name, "state": deployment.state}
    if not phases.takes_marks(item.phase, deployment.state):
        raise Refused("preflight_too_late", **at)
    if not phases.has_come(item.since, deployment.state):
        raise Refused("preflight_too_early", **at, phase=item.since.value)


def _write(
    deployment: Deployment, name: str, kind: str, actor: Actor, reason: str
) -> PreflightMark:
    """The constraint has the last word on how many marks hold."""
    facts: dict[str, Any] = {"kind": kind, "by": str(actor), "reason": reason}
    try:
        with database.atomic():
            made: PreflightMark = PreflightMark.objects.create(
                deployment=deployment, item=name, **facts
            )
    except IntegrityError:
        other = _holding(deployment, name)
        if other is None:
            raise
        raise Refused(
            "preflight_marked", item=name, by=other.by.partition(":")[2], kind=other.kind,
            at=other.at.isoformat(timespec="seconds"),
        ) from None  # fmt: skip
    made.refresh_from_db()
    return made


def _holding(deployment: Deployment, name: str) -> PreflightMark | None:
    rows = PreflightMark.objects.filter(deployment=deployment, item=name, withdrawn_at=None)
    found: PreflightMark | None = rows.first()
    return found


def _facts(mark: PreflightMark) -> dict[str, Any]:
    return {"item": mark.item, "kind": mark.kind, "by": mark.by, "reason": mark.reason}


def _record(
    kind: str,
    deployment: Deployment,
    mark: PreflightMark,
    actor: Actor,
    reason: str,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    events.record(
        kind,
        subject=("deployment", deployment.pk),
        actor=actor,
        before=before,
        after=after,
        reason=reason,
        code="preflight_item_named",
        params={"item": mark.item},
        service=deployment.service,
        environment=deployment.environment,
    )
