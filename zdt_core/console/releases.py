"""Releases side by side: processes, share of users, and how they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core import fleet
from zdt_core.conf import conf
from zdt_core.console import links, panels, traffic
from zdt_core.console.board import Board
from zdt_core.console.traffic import Traffic
from zdt_core.exceptions import Unavailable
from zdt_core.fleet.models import Process
from zdt_core.fleet.roster import Member

MOST_PLACES = 10
"""Pairs of environment and service whose traffic one load of the page reads."""

Key = tuple[str, str, str]
Shares = Mapping[Key, Any]
_readers: list[Callable[[Board], Shares]] = []


def share_reader(function: Callable[[Board], Shares]) -> Callable[[Board], Shares]:
    """Let ``function`` say which share of users (in percent) each release gets."""
    if function not in _readers:
        _readers.append(function)
    return function


@dataclass(slots=True)
class Row:
    """One release of one service. ``share`` is None where nobody published any."""

    environment: str
    service: str
    release: str
    share: Any = None
    traffic: Traffic | None = None
    live: int = 0
    silent: int = 0
    draining: int = 0

    def count(self, member: Member) -> None:
        self.live += member.standing is fleet.Standing.LIVE
        self.silent += member.standing is fleet.Standing.SILENT
        self.draining += member.draining


@panels.panel("overview", _("Releases side by side"), "zdt_core/console/releases.html", order=20)
def releases(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    """A row for every release that has processes, users or requests."""
    if not links.may_view(request, Process):
        return None
    rows: dict[Key, Row] = {}
    for reader in _readers:
        for key, share in reader(board).items():
            _row(rows, key).share = share
    for member in board.members:
        _row(rows, (member.environment, member.service, member.release)).count(member)
    places = board.places(key[:2] for key in rows)
    trouble = _add_traffic(rows, places[:MOST_PLACES])
    return {
        "rows": [rows[key] for key in sorted(rows)],
        "many": len(places) > 1,
        "trouble": trouble,
        "region": conf.REGION,
        "fleet": links.to(request, Process),
    }


def _row(rows: dict[Key, Row], key: Key) -> Row:
    return rows.setdefault(key, Row(*key))


def _add_traffic(rows: dict[Key, Row], places: list[tuple[str, str]]) -> str:
    """Give rows what was measured; what kept it from being read."""
    try:
        found = traffic.lately(places)
    except Unavailable as error:
        return str(error)
    for key, seen in found.items():
        _row(rows, key).traffic = seen
    return ""
