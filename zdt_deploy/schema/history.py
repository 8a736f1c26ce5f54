"""The change's history, a page at a time, in words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from zdt_core import kinds
from zdt_core.events import Event
from zdt_deploy.deployments import timeline
from zdt_deploy.deployments.timeline import Entry, History
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.moving import SUBJECT

_LOOKS = {
    "schema.problem_found": "bad", "schema.doubted": "bad", "schema.forced": "bad",
    "schema.way_back_given_up": "bad",
    "schema.certificate_expired": "warn", "schema.owed": "warn", "schema.reversed": "warn",
    "schema.contract_put_off": "warn", "schema.verified": "good", "schema.contracted": "good",
    "schema.problem_solved": "good",
}  # fmt: skip


def of(change: SchemaChange, request: HttpRequest) -> History:
    """The page of the history that ``request`` asks for, newest first."""
    before = timeline.asked_before(request)
    rows = Event.objects.filter(subject_type=SUBJECT, subject_id=change.key)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: timeline.PAGE + 1])
    older = found[timeline.PAGE - 1].pk if len(found) > timeline.PAGE else 0
    words = kinds.declared()
    entries = [_entry(event, words) for event in found[: timeline.PAGE]]
    return History(entries, older, before is None)


def _entry(event: Any, words: dict[str, Any]) -> Entry:
    look = "bad" if event.refused else _LOOKS.get(event.kind, "busy")
    return Entry(event, words.get(event.kind, event.kind), look, "")
