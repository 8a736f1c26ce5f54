"""What the ticker looks for: due runs that nobody works on and nobody was rung for."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from zdt_core import database, fleet
from zdt_core.conf import conf as core
from zdt_core.jobs import bell, queues

BATCH = 100
_MARK_DUE = """
    WITH due AS MATERIALIZED (
        SELECT id FROM zdt_core_run
         WHERE state = 'ready' AND due_at <= STATEMENT_TIMESTAMP() AND queue = %(queue)s
           AND (lease_until IS NULL OR lease_until < STATEMENT_TIMESTAMP())
           AND (rung_at IS NULL
                OR rung_at < STATEMENT_TIMESTAMP() - %(again)s * INTERVAL '1 second')
         ORDER BY due_at LIMIT %(batch)s
           FOR UPDATE SKIP LOCKED)
    UPDATE zdt_core_run AS run SET rung_at = STATEMENT_TIMESTAMP()
      FROM due WHERE run.id = due.id
 RETURNING run.due_at, run.id
"""
# As a subquery it may be planned to run once for each row, and each time lock others.


def ring_for_due_runs() -> int:
    """Ring for what is due, monitors first. How many; raises fast_copy.Error when Redis is away.

    Mark and ring share a transaction: what could not be rung is not marked, so that the next
    tick tries again. What only workers of other regions would hear is left to their tickers.
    """
    return sum(_ring(queues.queue(name)) for name in (queues.MONITOR, queues.WORK))


def _ring(queue: queues.Queue) -> int:
    with database.atomic():
        run_ids = _mark_due(queue)
        if run_ids and _is_heard_elsewhere(queue.name):
            transaction.set_rollback(True, using=database.alias())
            return 0
        if run_ids:
            bell.ring(queue.name, run_ids)
    return len(run_ids)


def _is_heard_elsewhere(queue: str) -> bool:
    """True where this region has no worker for ``queue``, and one that has a worker has a ticker,
    too."""
    workers = [each for each in _live("worker") if each.facts.get("queue") == queue]
    hearing = {each.region for each in workers}
    ringing = {each.region for each in _live("ticker")}
    return core.REGION not in hearing and not hearing.isdisjoint(ringing)


def _live(role: str) -> list[fleet.Member]:
    members = fleet.members(role=role, departed=False)
    return [each for each in members if each.standing is fleet.Standing.LIVE]


def _mark_due(queue: queues.Queue) -> list[int]:
    values: dict[str, Any] = {"queue": queue.name, "again": queue.ring_again, "batch": BATCH}
    with database.connection().cursor() as cursor:
        cursor.execute(_MARK_DUE, values)
        return [run_id for _due_at, run_id in sorted(cursor.fetchall())]
