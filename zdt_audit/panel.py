"""The trail on the overview: where it is. What happened last is shown beside it already."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_audit.models import Entry
from zdt_core.console import links, panels
from zdt_core.console.board import Board


@panels.panel("overview", _("Audit trail"), "zdt_audit/overview/trail.html", order=51, wide=False)
def trail(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    if not links.may_view(request, Entry):
        return None
    return {"url": links.to(request, Entry)}
