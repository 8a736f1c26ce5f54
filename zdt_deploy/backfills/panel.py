"""Long data work on the overview: what is under way, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core.console import links, needs, panels
from zdt_core.console.board import Board
from zdt_core.console.needs import Need
from zdt_deploy.backfills import doctor, looks, standing, words
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.deployments import durations

SHOWN = 4


def _read(board: Board) -> list[Any]:
    if "backfills" not in board.read:
        board.read["backfills"] = doctor.troubled()
    found: list[Any] = board.read["backfills"]
    return found


@panels.panel("overview", gettext_lazy("Backfills"), "zdt_deploy/backfills/running.html", order=32)
def running(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    """Those under way; nothing where there is none."""
    if not links.may_view(request, Backfill):
        return None
    found = [row for row in _read(board) if row.state in Backfill.LIVE]
    if not found:
        return None
    return {
        "rows": [_row(request, row) for row in found[:SHOWN]],
        "more": len(found) > SHOWN,
        "url": links.to(request, Backfill),
    }


def _row(request: HttpRequest, row: Any) -> dict[str, Any]:
    progress = standing.progress(row)
    left = None if row.stalled or row.failing else progress.seconds_left
    return {
        "name": row.name,
        "table": row.table,
        "look": looks.of(row),
        "badge": words.state(row),
        "percent": None if progress.fraction is None else 100 * progress.fraction,
        "left": None if left is None else durations.rounded(left),
        "said": progress.reason,
        "url": links.to(request, Backfill, row.pk),
    }


@needs.source
def waiting(request: HttpRequest, board: Board) -> Iterable[Need]:
    """Backfills that do not go on without a person."""
    if not links.may_view(request, Backfill):
        return
    for row in _read(board):
        url = links.to(request, Backfill, row.pk)
        if row.stalled:
            yield Need("bad", _("Nobody works on the backfill %s.") % row.name, url)
        elif row.state == Backfill.State.FAILED:
            yield Need("warn", _("The backfill %s failed.") % row.name, url)
