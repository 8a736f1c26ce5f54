"""The trail on the overview: its newest entries."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_audit.models import Entry
from zdt_core.console import links, panels
from zdt_core.console.board import Board

SHOWN = 5


@panels.panel("overview", _("Audit trail"), "zdt_audit/overview/trail.html", order=51, wide=False)
def newest(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    if not links.may_view(request, Entry):
        return None
    entries = Entry.objects.defer("canon").order_by("-id")[:SHOWN]
    return {
        "rows": [{"entry": entry, "url": links.to(request, Entry, entry.pk)} for entry in entries],
        "url": links.to(request, Entry),
    }
