"""The first thing on the overview: what waits for a person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core.console import needs, panels
from zdt_core.console.board import Board


@panels.panel("overview", _("Needs a human"), "zdt_core/console/needs.html", order=0)
def waiting(request: HttpRequest, board: Board) -> dict[str, Any]:
    found = needs.gather(request, board)
    return {
        "urgent": [need for need in found if need.look == "bad"],
        "decisions": [need for need in found if need.look != "bad"],
    }
