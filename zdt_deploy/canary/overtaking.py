"""A PostgreSQL that is in the past: a standby was promoted that lacked the last publications.

Routers ignore epochs below the one that they hold, so what the database says is published anew,
with an epoch above every one that somebody acknowledged.
"""

from __future__ import annotations

import logging

from zdt_core import database, events, fleet
from zdt_deploy.canary.models import TrafficShare

logger = logging.getLogger("zdt.share")
OVERTAKEN = "share.overtaken"
ACTOR = events.Actor.system("ticker")


def overtake() -> None:
    """Give each share that lies behind what its routers know an epoch above that."""
    for row in TrafficShare.objects.filter(epoch__gt=0):
        if _known(row) > row.epoch:
            with database.atomic():
                _overtake(row.pk)


def _overtake(key: int) -> None:
    """With the row locked nothing newer can be acknowledged than what it says."""
    row = TrafficShare.objects.select_for_update().get(pk=key)
    known, before = _known(row), row.epoch
    if known <= before:
        return
    TrafficShare.objects.filter(pk=key).update(epoch=known + 1, changed_at=database.Now())
    events.record(
        OVERTAKEN,
        subject=("share", row.service),
        actor=ACTOR,
        before={"epoch": before},
        after={"epoch": known + 1, "percentage": row.percentage, "regions": row.regions},
        params={"known": known},
        service=row.service,
        environment=row.environment,
    )
    logger.warning("Routers know share %s of %s, and PostgreSQL only %s: it is in the past. What "
                   "it says is published anew.", known, row.service, before)  # fmt: skip


def _known(row: TrafficShare) -> int:
    return fleet.newest(row.environment, f"share:{row.service}")
