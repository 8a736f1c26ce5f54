"""Notices that background work is due and nobody does it: the watch over the watchdogs.

Whoever is missing cannot say so, so every process that beats looks, one of the fleet each
`EVERY_SECONDS`, and while nobody works it delivers the notifications itself. Where no process at
all is alive only a monitor outside can tell: see docs/how-to/observability.md.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q

from zdt_core import database, events, fleet, pulse
from zdt_core.conf import conf
from zdt_core.jobs import leases, queues, ticker, work
from zdt_core.jobs.models import Run
from zdt_core.notify.outbox import DELIVER

EVERY_SECONDS = 30.0
LATE_SECONDS = 60.0
UNATTENDED, ATTENDED = "jobs.unattended", "jobs.attended"
BEAT = "notify.absence"
MOST_AT_ONCE = 5
ACTOR = events.Actor.system("fleet")
_born = time.monotonic()


def register() -> None:
    """Have the pulse look."""
    pulse.beat(BEAT, EVERY_SECONDS, deadline=60.0, isolated=True, jitter=0.2)(look)


def look() -> None:
    """Look whether it is this process's turn; a young one lets the others start first."""
    if time.monotonic() - _born < LATE_SECONDS:
        return
    with pulse.one_session(), database.short_session():
        if leases.take_turn(f"every:{BEAT}", EVERY_SECONDS) is None:
            return
        code, facts = judge()
        note(code, facts)
    if code:
        with database.short_session():  # calls to the outside must not hold up the beats
            deliver_overdue()


def judge() -> tuple[str, dict[str, Any]]:
    """``(code, facts)`` of what is wrong, or ``("", {})``."""
    late = _overdue().aggregate(
        count=Count("pk"),
        longest=Max(ExpressionWrapper(database.Now() - F("due_at"), DurationField())),
        monitors=Count("pk", filter=Q(queue=queues.MONITOR)),
    )
    if not late["count"]:
        return "", {}
    code = _missing()
    watches = Run.objects.filter(queue=queues.MONITOR, state=Run.State.READY)
    return code, {
        "count": late["count"],
        "seconds": round(late["longest"].total_seconds()),
        # where nobody works, a watch that is due in a while has nobody either
        "monitors": late["monitors"] if code == "work_overdue" else watches.count(),
    }


def _missing() -> str:
    if not leases.taken([ticker.NAME]):
        return "nobody_ticks"
    workers = fleet.members(environment=conf.ENVIRONMENT, role="worker")
    if not any(member.standing is fleet.Standing.LIVE for member in workers):
        return "nobody_works"
    return "work_overdue"


def note(code: str, facts: dict[str, Any]) -> None:
    """Record an event when it begins and when it is over; the topics tell people."""
    kinds = (UNATTENDED, ATTENDED)
    with database.atomic():
        rows = events.Event.objects.filter(kind__in=kinds, environment=conf.ENVIRONMENT)
        last = rows.order_by("-id").first()
        was = last.code if last and last.kind == UNATTENDED else ""
        if code == was:
            return
        events.record(
            UNATTENDED if code else ATTENDED,
            subject=("jobs", conf.ENVIRONMENT),
            actor=ACTOR,
            code=code or "work_goes_on",
            params=facts,
        )


def deliver_overdue() -> int:
    """Do the workers' part for notifications, so that somebody hears. How many were tried."""
    runs = _overdue(seconds=0).filter(kind=DELIVER).order_by("due_at")
    found = list(runs.values_list("pk", flat=True)[:MOST_AT_ONCE])
    for run_id in found:
        work.run_slice(run_id)
    return len(found)


def _overdue(seconds: float = LATE_SECONDS) -> Any:
    edge = database.Now() - timedelta(seconds=seconds)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=database.Now())
    return Run.objects.filter(free, state=Run.State.READY, due_at__lte=edge)
