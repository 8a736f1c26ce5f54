"""The fleet in numbers: how many processes of each kind are live or silent, in one query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import BooleanField, Case, Count, Q, Value, When
from django.db.models.fields.json import KT

from zdt_core import database
from zdt_core.conf import conf
from zdt_core.fleet.models import Process


@dataclass(frozen=True, slots=True)
class Kind:
    """Processes of one kind. ``queue`` is what a worker serves, None elsewhere."""

    environment: str
    service: str
    role: str
    release: str
    queue: str | None
    live: bool
    count: int
    draining: int


def take() -> list[Kind]:
    """Those that have not signed off and were seen within ZDT_FLEET_GONE_AFTER."""
    now = database.Now()
    live = Q(seen_at__gte=now - timedelta(seconds=conf.FLEET_SILENT_AFTER))
    rows = (
        Process.objects.filter(
            left_at=None, seen_at__gte=now - timedelta(seconds=conf.FLEET_GONE_AFTER)
        )
        .annotate(
            queue=KT("facts__queue"),
            live=Case(When(live, then=Value(True)), default=False, output_field=BooleanField()),
        )
        .values("environment", "service", "role", "release", "queue", "live")
        .annotate(count=Count("pk"), drains=Count("pk", filter=Q(draining=True)))
        .order_by("environment", "service", "role", "release", "queue")
    )
    return [
        Kind(
            row["environment"], row["service"], row["role"], row["release"], row["queue"],
            row["live"], row["count"], row["drains"],
        )
        for row in rows
    ]  # fmt: skip


def by_release(kinds: Iterable[Kind]) -> str:
    """``2 of 1.0, 1 of 2.0 (1 draining)``."""
    counted: dict[str, tuple[int, int]] = {}
    for kind in kinds:
        count, draining = counted.get(kind.release, (0, 0))
        counted[kind.release] = (count + kind.count, draining + kind.draining)
    return ", ".join(
        f"{count} of {release}" + (f" ({draining} draining)" if draining else "")
        for release, (count, draining) in counted.items()
    )
