"""Forgetting answers that nobody can ask for again."""

from __future__ import annotations

from datetime import timedelta

from zdt_core import database
from zdt_core.access.conf import conf
from zdt_core.access.models import Answer
from zdt_core.jobs import ticker

_BATCH = 1000


@ticker.every("access.forget", 600)
def forget_old_answers() -> int:
    """Delete answers given ZDT_IDEMPOTENCY_HOURS ago or earlier; how many, a batch at most."""
    past = database.Now() - timedelta(hours=conf.IDEMPOTENCY_HOURS)
    old = Answer.objects.filter(at__lt=past).order_by("at")[:_BATCH]
    return int(Answer.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0])
