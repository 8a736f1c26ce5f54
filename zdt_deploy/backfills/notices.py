"""The table of what backfills tell people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core import notify
from zdt_core.events import Event
from zdt_core.notify import On, Severity, Topic, pages
from zdt_deploy.backfills import retrying, stalls
from zdt_deploy.backfills.models import Backfill

FAILED = "backfill.failed"
_OVER = (On("backfill.succeeded"), On("backfill.cancelled"))

TOPICS = (
    Topic(
        "backfill.stalled",
        Severity.WARNING,
        _("Nobody works on the backfill {name} in {environment}."),
        _(
            "Start `zdt_worker` with the release that knows it, and see the last error with "
            "`manage.py zdt_backfill show {name}`."
        ),
        opens=(On(stalls.STALLED),),
        resolves=(On(stalls.MOVING), On("backfill.paused"), On(FAILED), *_OVER),
        over=_("The backfill {name} in {environment} is attended to again."),
    ),
    Topic(
        FAILED,
        Severity.WARNING,
        _("The backfill {name} in {environment} failed."),
        _(
            "See why with `manage.py zdt_backfill show {name}`, mend the cause, then "
            "`{again}`. What is done stays done."
        ),
        opens=(On(FAILED),),
        resolves=(On("backfill.retried"), *_OVER),
        over=_("The backfill {name} in {environment} was tried again."),
    ),
    Topic(
        "backfill.finished",
        Severity.INFO,
        _("The backfill {name} in {environment} has done every row of {table}."),
        _("Nothing; what waited for it goes on by itself."),
        opens=(On("backfill.succeeded"),),
    ),
)


def facts(event: Event) -> dict[str, Any]:
    """The fields of the sentences."""
    known = event.subject_id.isdecimal()
    row = Backfill.objects.filter(pk=event.subject_id).first() if known else None
    found = {"backfill": event.subject_id, "code": event.code}
    if row is None:
        return found
    found |= {"name": row.name, "table": row.table, "rows": row.rows_done}
    return found | ({"again": retrying.command(row)} if event.kind == FAILED else {})


def page(event: Event) -> str:
    return pages.path_of(Backfill, event.subject_id)


notify.register(TOPICS, facts=facts, page=page)
