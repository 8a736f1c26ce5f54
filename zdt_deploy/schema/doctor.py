"""Do schema changes go on, and is any contract owed for longer than it should be?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import BooleanField, Case, Q, Value, When
from django.utils.translation import gettext as _

from zdt_core import database, doctor
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_deploy.schema import standing
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import OPEN

LONG = timedelta(days=7)
SHOWN, MOST = 5, 50


def under_way() -> list[Any]:
    """The open changes, those with a problem first; ``late`` where a contract is owed for long."""
    late = When(Q(owed_at__lt=database.Now() - LONG), then=Value(True))
    changes = SchemaChange.objects.select_related("backfill").filter(phase__in=sorted(OPEN))
    rows = changes.annotate(late=Case(late, default=Value(False), output_field=BooleanField()))
    found = list(rows.order_by("-id")[:MOST])
    return sorted(found, key=lambda change: (not change.problem, not change.late))


@doctor.examine("schema", needs=("zdt_core", "zdt_deploy"))
def changes(look: Look) -> Iterable[Finding]:
    found = under_way()
    for change in [row for row in found if row.problem][:SHOWN]:
        yield doctor.wrong(
            _("The schema change %(key)s (%(phase)s) needs a person: %(trouble)s")
            % {"key": change.key, "phase": change.phase, "trouble": standing.trouble(change)},
            _("See `manage.py zdt_schema status '%s'`.") % change.key,
            "schema_problem",
        )
    late = [row for row in found if row.late]
    if late:
        yield doctor.warning(
            _("A contract has been owed for more than a week: %s.") % _names(late),
            _("`manage.py zdt_schema status KEY` names what keeps it waiting."),
            "schema_owed_long",
        )
    if not late and not any(row.problem for row in found):
        yield doctor.ok(_("Schema changes under way: %s, and none needs a person") % len(found))


def _names(rows: list[Any]) -> str:
    more = f" (+{len(rows) - SHOWN})" if len(rows) > SHOWN else ""
    return ", ".join(row.key for row in rows[:SHOWN]) + more
