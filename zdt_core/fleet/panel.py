"""The fleet on the overview: processes by role and standing, and those that have gone silent."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core import fleet
from zdt_core.console import links, panels
from zdt_core.console.board import Board
from zdt_core.fleet.models import Process

SHOWN = 5
ESSENTIAL = (Process.Role.WORKER, Process.Role.TICKER)


@panels.panel("overview", _("Processes"), "zdt_core/fleet/processes.html", order=30, wide=False)
def processes(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    """How many processes of each role are live, silent, draining."""
    if not links.may_view(request, Process):
        return None
    members = board.members
    counted = Counter((member.role, member.standing) for member in members)
    draining = Counter(member.role for member in members if member.draining)
    roles = {role for role, _standing in counted} | set(ESSENTIAL) if members else set()
    silent = [member for member in members if member.standing is fleet.Standing.SILENT]
    return {
        "rows": [
            {
                "role": Process.Role(role).label,
                "live": counted[(role, fleet.Standing.LIVE)],
                "silent": counted[(role, fleet.Standing.SILENT)],
                "draining": draining[role],
                "missing": role in ESSENTIAL and not counted[(role, fleet.Standing.LIVE)],
            }
            for role in Process.Role.values
            if role in roles
        ],
        "silent": silent[:SHOWN],
        "url": links.to(request, Process),
    }
