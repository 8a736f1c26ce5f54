"""The events of backfills in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core.console.history import Entry

_WORDS = {
    "started": _("Started"),
    "planned": _("Planned"),
    "paused": _("Paused"),
    "resumed": _("Resumed"),
    "retried": _("Tried again"),
    "paced": _("Paced anew"),
    "cancelled": _("Cancelled"),
    "succeeded": _("Succeeded"),
    "failed": _("Failed"),
    "stalled": _("Stalled"),
    "moving": _("Moves again"),
}
_LOOKS = {"failed": "bad", "stalled": "bad", "paused": "warn", "cancelled": "warn",
          "succeeded": "good", "moving": "good"}  # fmt: skip


def entry(event: Any) -> Entry:
    """An event of the history."""
    name = event.kind.partition(".")[2]
    look = "bad" if event.refused else _LOOKS.get(name, "busy")
    return Entry(event, _WORDS.get(name, name.replace("_", " ")), look)
