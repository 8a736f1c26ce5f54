"""The backfill's history, a page at a time, in words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core.events import Event
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.deployments import timeline
from zdt_deploy.deployments.timeline import Entry, History

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


def of(backfill: Backfill, request: HttpRequest) -> History:
    """The page of the history that ``request`` asks for, newest first."""
    before = timeline.asked_before(request)
    rows = Event.objects.filter(subject_type="backfill", subject_id=str(backfill.pk))
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: timeline.PAGE + 1])
    older = found[timeline.PAGE - 1].pk if len(found) > timeline.PAGE else 0
    return History([_entry(event) for event in found[: timeline.PAGE]], older, before is None)


def _entry(event: Any) -> Entry:
    name = event.kind.partition(".")[2]
    look = "bad" if event.refused else _LOOKS.get(name, "busy")
    return Entry(event, _WORDS.get(name, name.replace("_", " ")), look, "")
