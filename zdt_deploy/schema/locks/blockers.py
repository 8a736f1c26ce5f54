"""Who is in the way of a statement, and what they are doing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

AUTOVACUUM = "autovacuum worker"
_QUERY_CHARACTERS = 120

_ACTIVITY = """
    SELECT pid, coalesce(usename, ''), coalesce(backend_type, ''),
           coalesce(application_name, ''), coalesce(state, ''),
           coalesce(extract(epoch FROM clock_timestamp() - coalesce(xact_start, backend_start)), 0),
           coalesce(query, '')
    FROM pg_stat_activity
"""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that others wait for; ``age`` is that of its transaction in seconds."""

    pid: int
    user: str
    kind: str
    application: str
    state: str
    age: float
    query: str

    @property
    def gives_way(self) -> bool:
        """An ordinary autovacuum, which is cancelled for who waits long enough; the one that
        prevents wraparound is not."""
        return self.kind == AUTOVACUUM and "to prevent wraparound" not in self.query

    def __str__(self) -> str:
        who = self.user or self.kind
        name = f" ({self.application})" if self.application else ""
        query = " ".join(self.query.split())[:_QUERY_CHARACTERS]
        return (
            f"pid {self.pid}, {who}{name}, {self.state or self.kind} for {self.age:.0f} s: {query}"
        )


def described(blockers: Iterable[Blocker]) -> str:
    """The blockers in one line, for a message; empty without any."""
    return "; ".join(str(blocker) for blocker in blockers)


def of(connection: BaseDatabaseWrapper, pid: int) -> tuple[Blocker, ...]:
    """Who the session ``pid`` waits for right now."""
    return _read(connection, "WHERE pid = ANY(pg_blocking_pids(%s))", [pid])


def holders(connection: BaseDatabaseWrapper, relations: Sequence[int]) -> tuple[Blocker, ...]:
    """Who else holds any lock on the ``relations`` (oids) right now, oldest transaction first."""
    return _read(
        connection,
        """WHERE pid <> pg_backend_pid() AND pid IN (
               SELECT pid FROM pg_locks WHERE granted AND locktype = 'relation'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND relation = ANY(%s))""",
        [list(relations)],
    )


def of_build(
    connection: BaseDatabaseWrapper, relations: Sequence[int], older_than: float
) -> tuple[Blocker, ...]:
    """Whose open transaction would hold up CREATE INDEX CONCURRENTLY on the ``relations``: any
    snapshot in this database, and any writer of the table, older than ``older_than`` seconds."""
    return _read(
        connection,
        """WHERE pid <> pg_backend_pid() AND datname = current_database()
           AND backend_type IS DISTINCT FROM 'autovacuum worker'
           AND xact_start < clock_timestamp() - make_interval(secs => %s)
           AND (backend_xmin IS NOT NULL OR pid IN (
               SELECT pid FROM pg_locks WHERE granted AND locktype = 'relation'
               AND relation = ANY(%s) AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock',
                   'ShareUpdateExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')))""",
        [older_than, list(relations)],
    )


def _read(connection: BaseDatabaseWrapper, where: str, params: list[Any]) -> tuple[Blocker, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_ACTIVITY} {where} ORDER BY xact_start NULLS LAST", params)
        return tuple(Blocker(*row) for row in cursor.fetchall())
