"""Is background work done: by a worker for each queue, a ticker, and no run left behind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Q, Value, When
from django.utils.translation import gettext as _

from zdt_core import database, doctor
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_core.fleet import census
from zdt_core.fleet.doctor import kinds
from zdt_core.jobs import bell, queues
from zdt_core.jobs.models import Lease, Run

LATE = timedelta(seconds=120)
"""Due for so long, and nobody holds it: rings came and nobody answered."""

MANY = 1000
_TICKS = ("ticker", "every:jobs.registries")


@doctor.examine("workers", needs=("zdt_core",), quick=True)
def workers(look: Look) -> Iterable[Finding]:
    """Any worker on this database works for all services and environments in it."""
    live = [kind for kind in kinds(look) if kind.role == "worker" and kind.live]
    served = {kind.queue for kind in live}
    missing = [name for name in queues.QUEUES if name not in served]
    if missing:
        yield look.needed(
            _("No worker serves %s, so nothing watches a release.") % " and ".join(missing)
            if queues.MONITOR in missing
            else _("No worker serves %s, so background work waits.") % " and ".join(missing),
            _("Start `manage.py zdt_worker`, on any machine; it serves both queues."),
            "worker_missing",
        )
    else:
        yield doctor.ok(_("Workers for both queues: %s") % census.by_release(live))


@doctor.examine("ticker", needs=("zdt_core",), quick=True)
def ticker(look: Look) -> Iterable[Finding]:
    now = database.Now()
    rows = Lease.objects.filter(name__in=_TICKS, until__gt=now - LATE)
    leases = {row["name"]: row["held"] for row in _with_held(rows)}
    live = [kind for kind in kinds(look) if kind.role == "ticker" and kind.live]
    count = sum(kind.count for kind in live)
    if leases.get("ticker") and count > 1:
        facts = {"count": count, "releases": census.by_release(live)}
        yield doctor.ok(
            _("%(count)s tickers (%(releases)s): one ticks, the others stand by") % facts
        )
    elif leases.get("ticker"):
        yield doctor.ok(_("A ticker ticks"))
    elif "every:jobs.registries" in leases:
        yield doctor.ok(_("Somebody ticked within two minutes"))
    else:
        yield look.needed(
            _("Nobody ticks, so work that is due is not noticed."),
            _("Start `manage.py zdt_ticker`, best on two machines: one of them ticks."),
            "ticker_missing",
        )


@doctor.examine("jobs", needs=("zdt_core",), quick=True)
def runs(look: Look) -> Iterable[Finding]:
    now = database.Now()
    failed = Q(state="failed", finished_at__gt=now - timedelta(days=1))
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    late = Q(state="ready", due_at__lt=now - LATE) & free
    trouble = Q(state="ready", failures__gt=2)
    found = Run.objects.filter(failed | late | trouble).aggregate(
        failed=Count("pk", filter=failed),
        late=Count("pk", filter=late),
        trouble=Count("pk", filter=trouble),
    )
    if found["failed"]:
        yield doctor.wrong(
            _("Background work that failed within a day: %s.") % found["failed"],
            _("See why under Runs in the admin, mend the cause, and start it again there."),
            "runs_failed",
        )
    if found["late"]:
        yield doctor.wrong(
            _("Background work that is due and that nobody takes: %s.") % found["late"],
            _("See that `manage.py zdt_worker` and zdt_ticker run, and that Redis answers."),
            "runs_late",
        )
    if found["trouble"]:
        yield doctor.warning(
            _("Background work that fails again and again: %s.") % found["trouble"],
            _("See the last error under Runs in the admin."),
            "runs_failing",
        )
    if not any(found.values()):
        yield doctor.ok(_("No background work failed or waits"))


@doctor.examine("queues", needs=("redis",))
def queue_lengths(look: Look) -> Iterable[Finding]:
    given = getattr(settings, "RQ_QUEUES", {})
    lengths = {
        name: int(bell.connection(name).llen(f"rq:queue:{name}"))
        for name in queues.QUEUES
        if name in given
    }
    if not lengths:
        return
    shown = ", ".join(f"{name} {length}" for name, length in lengths.items())
    if max(lengths.values()) > MANY:
        yield doctor.warning(
            _("Rings that wait in the queues: %s.") % shown,
            _("Start more workers; rings that nobody answers expire by themselves."),
            "queue_long",
        )
    else:
        yield doctor.ok(_("Rings that wait in the queues: %s") % shown)


def _with_held(rows: Any) -> Any:
    held = Case(When(until__gt=database.Now(), then=Value(True)), default=Value(False))
    return rows.annotate(held=held).values("name", "held")
