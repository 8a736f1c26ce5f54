"""Which marks hold for a deployment: its own, and ticks of earlier ones that keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F

from zdt_core import database
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight.models import PreflightMark
from zdt_deploy.preflight.registry import Item

_AGE = ExpressionWrapper(database.Now() - F("at"), output_field=DurationField())


def marks(deployment: Deployment, items: Sequence[Item]) -> dict[str, PreflightMark]:
    """The mark of each item that has one."""
    own = PreflightMark.objects.filter(deployment_id=deployment.pk, withdrawn_at=None)
    own = own.select_related("deployment")
    return _kept(deployment, items) | {mark.item: mark for mark in own}


def _kept(deployment: Deployment, items: Sequence[Item]) -> dict[str, PreflightMark]:
    """The newest tick of each item that keeps, unless that one was taken back or is too old."""
    days = {item.name: timedelta(days=item.keeps_days) for item in items if item.keeps_days > 0}
    newest = {row.item: row for row in _ticks(deployment, days) if row.age < days[row.item]}
    return {name: row for name, row in newest.items() if row.withdrawn_at is None}


def _ticks(deployment: Deployment, days: dict[str, timedelta]) -> list[Any]:
    """Those of earlier deployments to the same place, oldest first, with their age."""
    rows = PreflightMark.objects.filter(
        item__in=days,
        kind=PreflightMark.Kind.TICK,
        deployment__service=deployment.service,
        deployment__environment=deployment.environment,
    )
    if deployment.pk:  # it has none while it is only planned
        rows = rows.filter(deployment__created_at__lt=deployment.created_at)
    rows = rows.annotate(age=_AGE).filter(age__lt=max(days.values(), default=timedelta()))
    return list(rows.select_related("deployment").order_by("at", "id"))
