"""The last events on the overview."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core.console import links, panels
from zdt_core.console.board import Board
from zdt_core.events import Event

SHOWN = 8


@panels.panel("overview", _("Last events"), "zdt_core/console/events.html", order=40)
def latest(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    if not links.may_view(request, Event):
        return None
    return {
        "events": list(Event.objects.defer("before", "after").order_by("-id")[:SHOWN]),
        "url": links.to(request, Event),
    }
