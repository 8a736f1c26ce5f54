"""Background work on the overview: what runs, what failed, and who waits for whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from zdt_core import database
from zdt_core.console import links, needs, panels
from zdt_core.console.board import Board
from zdt_core.console.needs import Need
from zdt_core.jobs.models import Run

SHOWN = 8
RECENT = timedelta(days=1)
_LOOKS = {"ready": "busy", "paused": "warn", "failed": "bad"}


def _runs(board: Board) -> list[Any]:
    """Runs that failed lately, then those with trouble, then the rest that is live."""
    if "runs" not in board.read:
        recent = Q(state="failed", finished_at__gt=database.Now() - RECENT)
        first = Case(
            When(state="failed", then=Value(0)),
            When(failures__gt=0, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        rows = Run.objects.filter(recent | Q(state__in=("ready", "paused")))
        rows = rows.defer("cursor", "params").order_by(first, "-id")
        board.read["runs"] = list(rows[: SHOWN + 1])
    found: list[Any] = board.read["runs"]
    return found


@panels.panel("overview", _("Background work"), "zdt_core/jobs/runs.html", order=31, wide=False)
def runs(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    """The newest runs that are live or failed within a day."""
    if not links.may_view(request, Run):
        return None
    found = _runs(board)
    return {
        "rows": [
            {
                "run": run,
                "look": "bad" if run.failures else _LOOKS.get(run.state, "quiet"),
                "percent": min(100, 100 * run.done // run.total) if run.total else None,
                "url": links.to(request, Run, run.pk),
            }
            for run in found[:SHOWN]
        ],
        "more": len(found) > SHOWN,
        "url": links.to(request, Run),
    }


needs.told_here.add("runs_failed")


@needs.source
def failed_runs(request: HttpRequest, board: Board) -> list[Need]:
    """Work that gave up does not come back by itself."""
    if not links.may_view(request, Run):
        return []
    failed = [run for run in _runs(board) if run.state == "failed"]
    if not failed:
        return []
    text = ngettext(
        "%(count)s piece of background work failed within a day: %(names)s.",
        "%(count)s pieces of background work failed within a day: %(names)s.",
        len(failed),
    ) % {"count": len(failed), "names": ", ".join(str(run) for run in failed[:3])}
    return [Need("bad", text, links.to(request, Run))]
