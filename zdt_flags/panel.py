"""Flags on the overview: those on their way to everyone, and those that changed last."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Case, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core.console import links, panels
from zdt_core.console.board import Board
from zdt_flags.models import Flag

SHOWN = 6


@panels.panel("overview", _("Flags"), "zdt_flags/overview/flags.html", order=50, wide=False)
def recent(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    """Enabled flags with a percentage first, then the ones changed last."""
    if not links.may_view(request, Flag):
        return None
    partly = Case(
        When(enabled=True, percentage__lt=100, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    rows = Flag.objects.defer("description", "salt").order_by(partly.desc(), "-updated_at")
    return {
        "rows": [{"flag": flag, "url": links.to(request, Flag, flag.pk)} for flag in rows[:SHOWN]],
        "url": links.to(request, Flag),
    }
