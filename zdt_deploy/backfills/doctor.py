"""Does long data work go on, and did any fail?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from zdt_core import database, doctor
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_deploy.backfills import at_work, retrying
from zdt_deploy.backfills.models import Backfill

RECENT = timedelta(days=7)
SHOWN = 5
MOST = 20


def troubled() -> list[Any]:
    """Backfills that are live, or failed within a week and were not begun anew since."""
    newer = Backfill.objects.filter(name=OuterRef("name"), pk__gt=OuterRef("pk"))
    failed = Q(state=Backfill.State.FAILED, finished_at__gt=database.Now() - RECENT)
    rows = Backfill.objects.filter(Q(state__in=Backfill.LIVE) | failed & ~Exists(newer))
    return list(at_work.with_stalled(rows).order_by("-id")[:MOST])


@doctor.examine("backfills", needs=("zdt_core", "zdt_deploy"))
def backfills(look: Look) -> Iterable[Finding]:
    """On the overview the panel says it."""
    found = troubled()
    stalled = [row for row in found if row.stalled]
    failing = [row for row in found if row.failing and not row.stalled]
    failed = [row for row in found if row.state == Backfill.State.FAILED]
    if stalled:
        yield doctor.wrong(
            _("Nobody works on the backfill %s, although it is due.") % _names(stalled),
            _(
                "Start `manage.py zdt_worker` with the release that knows it, and see the last "
                "error with `manage.py zdt_backfill show NAME`."
            ),
            "backfill_stalled",
        )
    if failing:
        yield doctor.warning(
            _("The last try of the backfill %s failed; it is tried again.") % _names(failing),
            _("See the error with `manage.py zdt_backfill show NAME`, and mend the cause."),
            "backfill_failing",
        )
    if failed:
        yield doctor.warning(
            _("The backfill %s failed, and nobody has tried it again.") % _names(failed),
            _("See why with `manage.py zdt_backfill show NAME`, mend that, then: %s.")
            % ", ".join(f"`{retrying.command(row)}`" for row in failed[:SHOWN]),
            "backfill_failed",
        )
    if not stalled and not failing and not failed:
        live = sum(row.state in Backfill.LIVE for row in found)
        yield doctor.ok(_("Backfills under way: %s, and none is left alone") % live)


def _names(rows: list[Any]) -> str:
    more = f" (+{len(rows) - SHOWN})" if len(rows) > SHOWN else ""
    return ", ".join(row.name for row in rows[:SHOWN]) + more
