"""Waiting until a change is verified, for a switch that needs it."""

from __future__ import annotations

import time

from zdt_core.commands import Progress
from zdt_core.exceptions import Refused
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import certificates, standing
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import Phase

EVERY_SECONDS = 1.0


def until_verified(key: str, alias: str, seconds: float, shown: Progress) -> float:
    """Wait for backfill and comparison of ``key``; returns the seconds that it took.

    Refused when ``seconds`` are over, or as soon as it can't end well without a person.
    """
    began = time.monotonic()
    while True:
        change = SchemaChange.objects.filter(alias=alias, key=key).first()
        waited = time.monotonic() - began
        if change is None:
            raise Refused("schema_change_gone")
        if change.phase in (Phase.VERIFIED, Phase.SWITCHED) and _is_proven(change):
            return waited
        work = standing.at_work(change)
        if work is not None:
            shown.at(work.progress.fraction or 0.0, str(work))
        if change.problem or _needs_a_person(work) or waited >= seconds:
            code, params = certificates.why_not(change)
            raise Refused(
                "migrate_wait_over", key=key, seconds=round(waited), cause=code, cause_params=params
            )
        time.sleep(min(EVERY_SECONDS, max(seconds - waited, 0.01)))


def _is_proven(change: SchemaChange) -> bool:
    try:
        certificates.require(change)
    except Refused:
        return False
    return True


def _needs_a_person(work: standing.Work | None) -> bool:
    return work is not None and work.backfill.state == Backfill.State.PAUSED
