"""Each event leaves an entry. An error here undoes the event and its change."""

from __future__ import annotations

from typing import Any

from zdt_audit import entries
from zdt_core.events import Actor, Event


def enter(sender: Any, event: Event, **kwargs: Any) -> None:
    """Write the entry of ``event`` in its transaction."""
    entries.record(
        event.kind,
        stream=f"{event.subject_type}:{event.subject_id}",
        actor=Actor(event.actor_kind, event.actor_name),
        facts={
            "before": event.before,
            "after": event.after,
            "reason": event.reason,
            "code": event.code,
            "params": event.params,
        },
        refused=event.refused,
        service=event.service,
        environment=event.environment,
        at=event.at,
        event_id=event.pk,
    )
