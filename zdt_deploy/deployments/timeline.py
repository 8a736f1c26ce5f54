"""The deployment's history, a page at a time, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core.events import Event
from zdt_deploy.deployments.models import Deployment

PAGE = 20
BIGGEST = 2**63 - 1

_WORDS = {
    "created": _("Recorded"),
    "started": _("Started"),
    "arrived": _("Every router follows"),
    "advanced": _("Advanced"),
    "held": _("Held"),
    "seen": _("Can be judged again"),
    "paused": _("Paused"),
    "resumed": _("Resumed"),
    "promoted": _("Promoted to everyone"),
    "rolled_back": _("Rolled back"),
    "got_stuck": _("Got stuck"),
    "retried": _("Tried again"),
    "rollback_finished": _("Everyone is back"),
    "completed": _("Completed"),
    "cancelled": _("Cancelled"),
    "left_unjudged": _("Left unjudged"),
}
_LOOKS = {"rolled_back": "bad", "got_stuck": "bad", "held": "warn", "left_unjudged": "warn",
          "paused": "warn", "promoted": "good", "completed": "good"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. ``change`` is "5 % → 25 %" where the share changed."""

    event: Any
    words: Any
    look: str
    change: str


@dataclass(frozen=True, slots=True)
class History:
    """A page of entries, newest first. ``older`` is where the next page begins, 0 at the end."""

    entries: Sequence[Entry]
    older: int
    newest: bool


def history(deployment: Deployment, before: int | None) -> History:
    """The newest events before the event ``before`` (None: the newest of all)."""
    rows = Event.objects.filter(subject_type="deployment", subject_id=deployment.pk)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: PAGE + 1])
    older = found[PAGE - 1].pk if len(found) > PAGE else 0
    return History([_entry(event) for event in found[:PAGE]], older, before is None)


def asked_before(request: HttpRequest) -> int | None:
    """Where the page of the history begins that ``request`` asks for."""
    text = request.GET.get("before", "")
    return int(text) if text.isdecimal() and int(text) <= BIGGEST else None


def words_of(kind: str) -> Any:
    """ "deployment.rolled_back" for people."""
    name = kind.partition(".")[2]
    return _WORDS.get(name, name.replace("_", " ") or kind)


def _entry(event: Any) -> Entry:
    name = event.kind.partition(".")[2]
    look = "bad" if event.refused else _LOOKS.get(name, "busy")
    return Entry(event, words_of(event.kind), look, _change(event.before, event.after))


def _change(before: Any, after: Any) -> str:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    old, new = before.get("share"), after.get("share")
    return f"{old} % → {new} %" if old is not None and new is not None and old != new else ""
