"""Events of a `migrate` that makes the trail, from before it has come to that.

Migrations of other apps tell of schema changes, and Django may take them first. It can't be asked
for another order: where the trail is installed later than they were applied, it would refuse the
history. So what is told until the trail is there is entered at the end of that `migrate`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zdt_audit import receivers
from zdt_audit.models import Entry
from zdt_core import database
from zdt_core.events import Event

FIRST = ("zdt_audit", "0001_initial")
_told: list[int] | None = None
"""The events that wait, by key; None except while a `migrate` is to make the trail."""


def tables() -> Iterable[str]:
    """The tables that an event needs for its entry."""
    return () if _told is not None else (Entry._meta.db_table,)


def enter(sender: Any, event: Event, **kwargs: Any) -> None:
    """Write the event's entry; where the trail is still to be made, at the end of that."""
    if _told is None or _is_there():
        receivers.enter(sender, event)
    else:
        _told.append(event.pk)


def begin(using: str, plan: Iterable[tuple[Any, bool]] = (), **kwargs: Any) -> None:
    """Before each migrate: wait for the trail if it is among what is to be made."""
    global _told
    if using == database.alias() and _told is None and any(map(_makes_the_trail, plan)):
        _told = []


def end(using: str, **kwargs: Any) -> None:
    """After each migrate: enter what was told before the trail was there."""
    global _told
    if using != database.alias() or _told is None:
        return
    with database.atomic():
        for event in Event.objects.filter(pk__in=_told).order_by("pk"):
            receivers.enter(Event, event)
    _told = None


def _makes_the_trail(step: tuple[Any, bool]) -> bool:
    migration, backwards = step
    return not backwards and (migration.app_label, migration.name) == FIRST


def _is_there() -> bool:
    with database.connection().cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [Entry._meta.db_table])
        return bool(cursor.fetchone()[0])
