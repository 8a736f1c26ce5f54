"""Schema changes on the overview: what is under way, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core.console import links, needs, panels
from zdt_core.console.board import Board
from zdt_core.console.needs import Need
from zdt_deploy.schema import doctor, looks, standing
from zdt_deploy.schema.models import SchemaChange

SHOWN = 4


def _read(board: Board) -> list[Any]:
    if "schema" not in board.read:
        board.read["schema"] = doctor.under_way()
    found: list[Any] = board.read["schema"]
    return found


@panels.panel(
    "overview", gettext_lazy("Schema changes"), "zdt_deploy/schema/under_way.html", order=31
)
def under_way(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    """Those that are not contracted; nothing where there is none."""
    if not links.may_view(request, SchemaChange):
        return None
    found = _read(board)
    if not found:
        return None
    return {
        "rows": [_row(request, change) for change in found[:SHOWN]],
        "more": len(found) > SHOWN,
        "url": links.to(request, SchemaChange),
    }


def _row(request: HttpRequest, change: Any) -> dict[str, Any]:
    return {
        "key": change.key,
        "table": change.table,
        "look": looks.of_change(change),
        "badge": _("contract owed") if change.owed_at else change.get_phase_display(),
        "said": standing.trouble(change) or " ".join(standing.reasons(change)[:1]),
        "url": links.to(request, SchemaChange, change.pk),
    }


@needs.source
def waiting(request: HttpRequest, board: Board) -> Iterable[Need]:
    """Changes that do not go on without a person."""
    if not links.may_view(request, SchemaChange):
        return
    for change in _read(board):
        url = links.to(request, SchemaChange, change.pk)
        if change.problem:
            yield Need("bad", _("The schema change %s needs a person.") % change.key, url)
        elif change.late:
            text = _("The contract of %s has been owed for more than a week.") % change.key
            yield Need("warn", text, url)
