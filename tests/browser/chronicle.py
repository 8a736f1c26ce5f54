"""Events of the past, each with its entry in the trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from zdt_core import database
from zdt_core.events import Actor, Event, event_recorded


class Chronicle:
    """Collects events in any order and writes them in that of time."""

    def __init__(self, **place: str) -> None:
        self._place = place
        self._rows: list[tuple[float, dict[str, Any]]] = []

    def add(
        self, minutes_ago: float, kind: str, actor: Actor, *, subject: tuple[str, str], **facts: Any
    ) -> None:
        row = {
            "kind": kind, "subject_type": subject[0], "subject_id": subject[1],
            "actor_kind": actor.kind, "actor_name": actor.name, **self._place, **facts,
        }  # fmt: skip
        self._rows.append((minutes_ago, row))

    def write(self) -> None:
        for minutes_ago, row in sorted(self._rows, key=lambda each: -each[0]):
            with database.atomic():
                moment = database.Now() - timedelta(minutes=minutes_ago)
                event = Event.objects.create(at=moment, **row)
                event.refresh_from_db()
                event_recorded.send(sender=Event, event=event)
