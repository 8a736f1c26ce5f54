"""What the doctor finds wrong, on the overview. Asked at most twice a minute by each process."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core import doctor as examined
from zdt_core.console import links, needs, panels
from zdt_core.console.board import Board
from zdt_core.console.needs import Need
from zdt_core.doctor import Finding, Standing
from zdt_core.fleet.models import Process

KEPT_SECONDS = 30.0
_known: tuple[float, list[Finding]] | None = None


def forget() -> None:
    """Ask again at the next load."""
    global _known
    _known = None


def findings() -> list[Finding]:
    """The doctor's findings that are not "ok"."""
    global _known
    if _known is None or time.monotonic() - _known[0] > KEPT_SECONDS:
        _known = (time.monotonic(), _ask())
    return _known[1]


def _ask() -> list[Finding]:
    found = examined.findings(quick=True)
    return [
        each for each in found
        if each.standing != Standing.OK and each.code not in needs.told_here
    ]  # fmt: skip


@needs.source
def wrong(request: HttpRequest, board: Board) -> list[Need]:
    """What is wrong needs somebody now."""
    if not links.may_view(request, Process):
        return []
    return [
        Need("bad", found.text, cure=found.cure)
        for found in findings()
        if found.standing == Standing.WRONG
    ]


@panels.panel("overview", _("What the doctor says"), "zdt_core/console/doctor.html", order=60)
def warnings(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    """Warnings, and what could not be found out; nothing where all is well."""
    if not links.may_view(request, Process):
        return None
    found = [finding for finding in findings() if finding.standing != Standing.WRONG]
    return {"findings": found} if found else None
