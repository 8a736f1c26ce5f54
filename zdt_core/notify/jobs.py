"""The kind of work and the chore of the notifications."""

from __future__ import annotations

from datetime import timedelta

from zdt_core import database, jobs
from zdt_core.notify.conf import conf
from zdt_core.notify.delivery import deliver
from zdt_core.notify.models import Notification
from zdt_core.notify.outbox import DELIVER

_BATCH = 1000

jobs.task(DELIVER)(deliver)


@jobs.ticker.every("notify.forget", 3600)
def forget_old() -> int:
    """Delete notifications older than ZDT_NOTIFY_KEEP_DAYS; how many, a batch at most."""
    past = database.Now() - timedelta(days=conf.NOTIFY_KEEP_DAYS)
    old = Notification.objects.filter(created_at__lt=past).exclude(state="waiting")
    oldest = list(old.order_by("pk").values_list("pk", flat=True)[:_BATCH])
    return int(Notification.objects.filter(pk__in=oldest).delete()[0])
