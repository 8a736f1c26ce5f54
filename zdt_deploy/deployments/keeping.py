"""Named plans as people write them: each change in one transaction with its event."""

from __future__ import annotations

from typing import Any

from zdt_core import database, events
from zdt_core.events import Actor
from zdt_deploy.deployments.models import Plan

CREATED, CHANGED, DELETED = "plan.created", "plan.changed", "plan.deleted"


def save(row: Plan, *, actor: Actor) -> None:
    """Write the plan, which `Plan.full_clean` has found well, and tell what it was and is."""
    with database.atomic():
        before = _facts(Plan.objects.select_for_update().filter(pk=row.pk).first())
        row.save()
        row.refresh_from_db()
        after = _facts(row)
        if after != before:
            _record(CHANGED if before else CREATED, row.pk, actor, before, after)


def delete(*rows: Plan, actor: Actor) -> None:
    """Delete the plans, all or none, and tell what they were."""
    with database.atomic():
        keys = [row.pk for row in rows]
        for row in Plan.objects.select_for_update().filter(pk__in=keys):
            _record(DELETED, row.pk, actor, _facts(row), None)
            row.delete()


def _facts(row: Plan | None) -> dict[str, Any] | None:
    return None if row is None else {"name": row.name, "fields": row.fields}


def _record(
    kind: str,
    key: int,
    actor: Actor,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    events.record(kind, subject=("plan", key), actor=actor, before=before, after=after)
