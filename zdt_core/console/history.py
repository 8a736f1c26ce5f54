"""What happened to a row, a page at a time, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zdt_core.console import live
from zdt_core.console.live import Part
from zdt_core.events import Event

PAGE = 20
BIGGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, in the ``words`` and with the ``look`` of its room.

    ``change`` is such as "5 % → 25 %", "" where no number changed.
    """

    event: Any
    words: Any
    look: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """A page of entries, newest first. ``older`` is where the next page begins, 0 at the end."""

    entries: Sequence[Entry]
    older: int
    newest: bool


def part(request: HttpRequest, subject: tuple[str, str], entry: Callable[[Any], Entry]) -> Part:
    """The part "history": the page that ``request`` asks for. ``entry`` tells an event."""
    content = {"history": _history(subject, _asked_before(request), entry)}
    return live.part(request, "zdt_core/console/history.html", _("History"), content)


def newest(subject: tuple[str, str]) -> Subquery:
    """The id of the last event about ``subject``, for a fingerprint."""
    return Subquery(_events(subject).values("id")[:1])


def _events(subject: tuple[str, str]) -> QuerySet[Any]:
    about, pk = subject
    rows: QuerySet[Any] = Event.objects.filter(subject_type=about, subject_id=pk)
    return rows.order_by("-id")


def _history(
    subject: tuple[str, str], before: int | None, entry: Callable[[Any], Entry]
) -> History:
    """The newest events before the event ``before`` (None: the newest of all)."""
    rows = _events(subject)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: PAGE + 1])
    older = found[PAGE - 1].pk if len(found) > PAGE else 0
    return History([entry(event) for event in found[:PAGE]], older, before is None)


def _asked_before(request: HttpRequest) -> int | None:
    """Where the page of the history begins that ``request`` asks for."""
    text = request.GET.get("before", "")
    return int(text) if text.isdecimal() and int(text) <= BIGGEST else None
