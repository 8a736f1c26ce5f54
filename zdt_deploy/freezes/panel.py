"""Freezes and emergencies on the overview and on a deployment's page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core import database
from zdt_core.console import links, needs, panels
from zdt_core.console.board import Board
from zdt_core.console.needs import Need
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes import emergencies, shape, standing
from zdt_deploy.freezes.admin import LOOKS, WORDS
from zdt_deploy.freezes.desk import LOOKS as EMERGENCY_LOOKS
from zdt_deploy.freezes.desk import WORDS as EMERGENCY_WORDS
from zdt_deploy.freezes.models import Emergency, Freeze

SHOWN = 6
SOON = timedelta(days=7)
"""Freezes that begin within this are shown before they hold."""

MOST = 100
_ORDER = ("unreadable", "holds", "waits")


def _lasting(board: Board) -> list[Freeze]:
    if "freezes" not in board.read:
        board.read["freezes"] = list(standing.lasting()[:MOST])
    found: list[Freeze] = board.read["freezes"]
    return found


@panels.panel("overview", gettext_lazy("Freezes"), "zdt_deploy/freezes/frozen.html", order=14)
def frozen(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    """What is frozen, and what will be within a week; nothing where there is none."""
    if not links.may_view(request, Freeze):
        return None
    rows = _lasting(board)
    if not rows:
        return None
    now = clock.now()
    seen = [(standing.word(row, now), row) for row in rows]
    lasting = [(word, row) for word, row in seen if word != "over"]  # since they were read
    near = [(word, row) for word, row in lasting if word != "waits" or _is_soon(row, now)]
    near.sort(key=lambda one: _ORDER.index(one[0]))
    if not near:
        return None
    return {
        "rows": [_row(request, word, row) for word, row in near[:SHOWN]],
        "more": len(rows) > min(len(near), SHOWN),
        "url": links.to(request, Freeze),
    }


def _is_soon(row: Freeze, now: datetime) -> bool:
    begin = row.times().next_after(now)
    return begin is not None and begin <= now + SOON


def _row(request: HttpRequest, word: str, row: Freeze) -> dict[str, Any]:
    return {
        "freeze": row,
        "look": LOOKS[word],
        "word": WORDS[word],
        "when": standing.when(row),
        "who": row.created_by.partition(":")[2],
        "url": links.to(request, Freeze, row.pk),
    }


@panels.panel(
    "deployment", gettext_lazy("Freeze and emergency"), "zdt_deploy/freezes/held.html", order=10
)
def held(request: HttpRequest, deployment: Deployment) -> dict[str, Any] | None:
    """What keeps a deployment from going on, and who let it pass; nothing where neither is."""
    row = emergencies.of(deployment)
    forward = deployment.state in emergencies.FORWARD
    found = shape.frozen(deployment) if forward else None
    if row is None and found is None:
        return None
    word = shape.standing(row) if row else ""
    return {
        "frozen": found,
        "row": row,
        "look": EMERGENCY_LOOKS.get(word, ""),
        "word": EMERGENCY_WORDS.get(word, ""),
        "sentence": shape.describe(row) if row else "",
        "url": links.to(request, Emergency, row.pk) if row else "",
        "ask": "" if row else links.to(request, Emergency, page="add"),
        "deployment": deployment,
    }


@needs.source
def answers(request: HttpRequest, board: Board) -> Iterable[Need]:
    """Emergencies that wait for a second person, and reviews that are overdue."""
    if not links.may_view(request, Emergency):
        return
    late = Q(approved_at__isnull=False, reviewed_at=None, review_due_at__lte=database.Now())
    waiting = Q(approved_at=None, deployment__state__in=sorted(emergencies.FORWARD))
    started = Q(deployment__started_at__isnull=False)
    rows = Emergency.objects.filter(waiting | (late & started), declined_at=None)
    found = list(rows.select_related("deployment")[:20])
    now = clock.now() if found else None
    for row in found:
        url = links.to(request, Emergency, row.pk)
        at = f"{row.deployment.service}, {row.deployment.environment}"
        if row.approved_at is None:
            yield Need("bad", f"{at}: {shape.describe(row, now)}", url, weight=5)
        else:
            text = _("{at}: the emergency of {version} was never reviewed.")
            yield Need("warn", text.format(at=at, version=row.deployment.version), url)


@needs.source
def unreadable(request: HttpRequest, board: Board) -> Iterable[Need]:
    """Freezes of which nobody can say whether they hold: nothing goes on there."""
    if not links.may_view(request, Freeze):
        return
    for row in _lasting(board):
        try:
            row.times()
        except Refused as refusal:
            text = _("The freeze “%s” cannot be read, so nothing is deployed there.") % row
            yield Need("bad", text, links.to(request, Freeze, row.pk), str(refusal))
