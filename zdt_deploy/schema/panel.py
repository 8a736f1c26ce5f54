"""Schema changes on other pages: what is under way, what waits, and whom a backfill serves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core.console import links, needs, panels
from zdt_core.console.board import Board
from zdt_core.console.needs import Need
from zdt_deploy.backfills.models import Backfill
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
        "badge": standing.phase(change),
        "said": standing.shortly(change),
        "url": links.to(request, SchemaChange, change.pk),
    }


@panels.panel("backfill", gettext_lazy("Schema change"), "zdt_deploy/schema/served.html", order=10)
def served(request: HttpRequest, backfill: Backfill) -> dict[str, Any] | None:
    """The change whose rows a backfill fills or compares; nothing where it is no change's."""
    if not links.may_view(request, SchemaChange):
        return None
    ours = Q(backfill=backfill) | Q(certificates__backfill=backfill)
    change = SchemaChange.objects.filter(ours).first()
    if change is None:
        return None
    return {
        "compares": change.backfill_id != backfill.pk,
        "key": change.key,
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
            facts = {"key": change.key, "trouble": standing.shortly(change)}
            text = _("The schema change %(key)s needs a person: %(trouble)s") % facts
            yield Need("bad", text, url)
        elif change.late:
            text = _("The contract of %s has been owed for more than a week.") % change.key
            yield Need("warn", text, url)
