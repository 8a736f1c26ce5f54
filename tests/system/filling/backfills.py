"""The backfill of the drills."""

from __future__ import annotations

import time
from typing import Any

from django.db.models import F, QuerySet

from tests.system.filling.models import Cup, Pour
from zdt_core import database, identity
from zdt_core.jobs.models import Run
from zdt_deploy.backfills import backfill


@backfill("cups", queryset=lambda: Cup.objects.all(), lanes=4)
def fill(cups: QuerySet[Any]) -> int:
    """Fill cups, and write down who did it, with the token that is this process's at that time.

    It takes its time between the rows and the record, and again before the commit: for blows.
    """
    run = Run.objects.filter(kind="backfill.lane", holder=identity.instance()).first()
    who = {"run": run.pk, "token": run.token} if run else {"run": 0, "token": 0}
    filled = cups.update(filled=F("filled") + 1, **who)
    time.sleep(0.002)
    Pour.objects.using(database.alias()).create(**who, holder=identity.instance(), cups=filled)
    time.sleep(0.002)
    return filled
