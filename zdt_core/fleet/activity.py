"""Sessions in PostgreSQL: how processes are seen that never beat, such as cron, shells and psql.

The server of zdt's tables is asked unless another alias is named. Behind a transaction pooler a
session carries the name of whoever used it last, so a name there may outlive its process; that errs
to the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections, transaction

from zdt_core import database, identity
from zdt_core.exceptions import Unavailable
from zdt_core.fleet.models import Process

_SESSIONS = """
SELECT application_name, usename, host(client_addr), count(*), min(backend_start)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND coalesce(backend_type, 'client backend') = 'client backend'
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Session:
    """Sessions of one name. ``release`` and ``instance`` are None where zdt did not name them."""

    name: str
    release: str | None
    instance: str | None
    user: str
    address: str
    count: int
    since: datetime | None


def sessions(alias: str | None = None) -> list[Session]:
    """Every client session on this database but our own. Raises Unavailable if unreadable."""
    alias = alias or database.alias()
    try:
        # a savepoint, where a transaction is open: a refusal must not break it
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(_SESSIONS)
            rows = cursor.fetchall()
    except DatabaseError as error:
        raise Unavailable(
            f"The sessions in pg_stat_activity could not be read ({type(error).__name__})."
        ) from error
    return [_session(*row) for row in rows]


def _session(name: str, user: str, address: str, count: int, since: Any) -> Session:
    release, instance = identity.parse_connection_name(name or "") or (None, None)
    return Session(name or "", release, instance, user or "", address or "", count, since)


def instances_with_sessions() -> frozenset[str] | None:
    """Instance ids that hold a session; None where that cannot be read."""
    try:
        return frozenset(found.instance for found in sessions() if found.instance)
    except Unavailable:
        return None


def strangers(alias: str | None = None) -> list[Session]:
    """Sessions that no row of the fleet explains. Raises Unavailable if unreadable.

    One of a process that has signed off, or was taken for gone, is no more explained by it.
    Migrations, shells and cron jobs are among them by their release, and everything that connects
    without zdt. Sessions of this very process are not.
    """
    found = sessions(alias)
    named = [session.instance for session in found if session.instance]
    there = Process.objects.filter(instance__in=named, left_at=None)
    known = set(there.values_list("instance", flat=True))
    known.add(identity.instance())
    return [session for session in found if session.instance not in known]
