"""Sending a notification again, because a person asked."""

from __future__ import annotations

from zdt_core import database, events, jobs
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_core.notify.models import Notification
from zdt_core.notify.outbox import DELIVER


def send_again(notification_id: int, *, actor: Actor, reason: str = "") -> Notification:
    """Put the row back into the outbox, with all its attempts. Raises Refused if there is none."""
    with database.atomic():
        row: Notification | None
        row = Notification.objects.select_for_update().filter(pk=notification_id).first()
        if row is None:
            raise Refused("no_such_notification", id=notification_id)
        before = {"state": row.state, "attempts": row.attempts}
        row.state, row.attempts, row.last_error = Notification.State.WAITING, 0, ""
        row.save(update_fields=["state", "attempts", "last_error"])
        jobs.start(DELIVER, row.pk)
        jobs.wake(DELIVER, row.pk)
        events.record(
            "notification.sent_again",
            subject=("notification", row.pk),
            actor=actor,
            before=before,
            after={"state": row.state, "channel": row.channel},
            reason=reason,
            service=row.service,
            environment=row.environment,
        )
    return row
