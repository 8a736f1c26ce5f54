"""Taking a run under a lease, and what only its holder may write.

Every write of a holder names its token: when somebody else has claimed the run since, or an
operator has paused or cancelled it, the write finds no row, and its transaction is rolled back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zdt_core import database, identity
from zdt_core.exceptions import LeaseLost
from zdt_core.jobs.models import Run
from zdt_core.jobs.registry import Task

_TAKE = """
    UPDATE zdt_core_run
       SET token = token + 1, holder = %(holder)s, rung_at = NULL,
           lease_until = STATEMENT_TIMESTAMP() + %(lease)s * INTERVAL '1 second'
     WHERE id = %(id)s AND kind = %(kind)s AND state = 'ready'
       AND due_at <= STATEMENT_TIMESTAMP()
       AND (lease_until IS NULL OR lease_until < STATEMENT_TIMESTAMP())
 RETURNING key, params, cursor, done, total, rate, token, failures, due_at
"""
_KEEP = """
    UPDATE zdt_core_run
       SET cursor = %(cursor)s::jsonb, done = %(done)s, total = %(total)s, rate = %(rate)s,
           failures = 0,
           lease_until = STATEMENT_TIMESTAMP() + %(lease)s * INTERVAL '1 second'
     WHERE id = %(id)s AND token = %(token)s AND lease_until IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run as it was when this process took it; ``taken`` is this process's monotonic clock."""

    run_id: int
    task: Task
    key: str
    params: dict[str, Any]
    cursor: dict[str, Any]
    done: int
    total: int | None
    rate: float | None
    token: int
    failures: int
    due_at: datetime
    lease: float
    taken: float


def take(run_id: int, task: Task) -> Claim | None:
    """Take the run under a lease of its own, with a token of its own.

    None where it isn't due, isn't ready, or somebody holds it. One statement, judged by the
    database's clock.
    """
    lease, taken = task.lease, time.monotonic()
    values: dict[str, Any] = {
        "id": run_id,
        "kind": task.kind,
        "lease": lease,
        "holder": identity.instance(),
    }
    with database.connection().cursor() as cursor:
        cursor.execute(_TAKE, values)
        row = cursor.fetchone()
    if row is None:
        return None
    key, params, where, done, total, rate, token, failures, due_at = row
    return Claim(
        run_id, task, key, json.loads(params), json.loads(where), done, total, rate,
        token, failures, due_at, lease, taken,
    )  # fmt: skip


def limit_idling(claim: Claim, settings: Mapping[str, str] | None = None) -> None:
    """Have PostgreSQL end the open transaction when its holder is silent for as long as a lease.

    Otherwise a machine that froze or was cut off would keep its locks, and nobody could go on.
    Further ``settings`` of the transaction come along in the same round trip.
    """
    milliseconds = max(1000, round(claim.lease * 1000))
    every = {"idle_in_transaction_session_timeout": str(milliseconds), **(settings or {})}
    with database.connection().cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(['set_config(%s, %s, true)'] * len(every))}",
            [text for pair in every.items() for text in pair],
        )


def keep(
    claim: Claim, *, cursor: Mapping[str, Any], done: int, total: int | None, rate: float | None
) -> None:
    """Write where the run stands, and hold it for another lease. Raises LeaseLost when it is ours
    no more. Plain SQL, for this is done with every batch, and Django takes its time over it."""
    values: dict[str, Any] = {
        "id": claim.run_id, "token": claim.token, "lease": claim.lease,
        "cursor": json.dumps(cursor), "done": done, "total": total, "rate": rate,
    }  # fmt: skip
    with database.connection().cursor() as connection:
        connection.execute(_KEEP, values)
        if not connection.rowcount:
            raise LeaseLost


def write(claim: Claim, **values: Any) -> None:
    """Write to the claimed run. Raises LeaseLost when it is ours no more."""
    ours = Run.objects.filter(pk=claim.run_id, token=claim.token, lease_until__isnull=False)
    if not ours.update(**values):
        raise LeaseLost
