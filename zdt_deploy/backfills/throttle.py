"""What tells a backfill to give way, looked at about once a second by each lane.

Replicas and slots that are behind, the server's rate of WAL, sessions that wait, dead rows that
VACUUM has not got to, the site's own latency, and functions of the project's. What cannot be seen
counts as a reason to go slowly, never as all well.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import Error as DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import import_string

from zdt_deploy.backfills import latency
from zdt_deploy.backfills.conf import conf
from zdt_deploy.backfills.keys import Table
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.backfills.pacing import Pressure

EVERY_SECONDS = 1.0
_MEGABYTE = 1024 * 1024
_REPLICAS = """
    SELECT coalesce(nullif(application_name, ''), client_addr::text, pid::text),
           extract(epoch FROM greatest(write_lag, flush_lag, replay_lag))::float,
           state IS NULL,
           pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float
      FROM pg_stat_replication
"""
_SLOTS = """
    SELECT slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float
      FROM pg_replication_slots
     WHERE wal_status IS DISTINCT FROM 'lost' AND NOT temporary
"""
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float"
_TABLE = """
    WITH parts AS MATERIALIZED (SELECT %(table)s::oid AS relid
                                 UNION SELECT relid FROM pg_partition_tree(%(table)s))
    SELECT coalesce(sum(pg_stat_get_dead_tuples(relid)), 0)::bigint,
           coalesce(sum(pg_stat_get_live_tuples(relid)), 0)::bigint,
           EXISTS (SELECT FROM pg_stat_progress_vacuum v JOIN parts ON v.relid = parts.relid),
           (SELECT count(*) FROM pg_locks l JOIN parts ON l.relation = parts.relid
             WHERE NOT l.granted AND l.locktype = 'relation')
      FROM parts
"""
BLOCKED_BY_US = """
    WITH waiting AS MATERIALIZED (SELECT DISTINCT pid FROM pg_locks WHERE NOT granted)
    SELECT count(*) FROM waiting WHERE pg_blocking_pids(pid) @> ARRAY[pg_backend_pid()]
"""
"""By pg_locks, which every role sees; pg_stat_activity hides from most what others wait for."""
logger = logging.getLogger("zdt.backfills")


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason to give way."""

    pressure: Pressure
    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: reasons to give way, and the table's dead rows and who cleans them."""

    findings: tuple[Finding, ...]
    dead: int | None
    live: int | None
    being_vacuumed: bool
    others_want_the_table: bool

    @property
    def worst(self) -> Finding | None:
        return max(self.findings, key=lambda each: each.pressure, default=None)

    @property
    def pressure(self) -> Pressure:
        return self.worst.pressure if self.worst else Pressure.EASE


class Watch:
    """Looks; remembers what a rate needs. ``usual`` is the site's p95 in seconds on other days."""

    def __init__(self, connection: BaseDatabaseWrapper, table: Table, usual: float | None) -> None:
        self.connection, self.table = connection, table
        self.latency = latency.Latency(usual)
        self._wal: tuple[float, float] | None = None
        self._seen: tuple[int | None, int | None, bool, int] = (None, None, False, 0)

    def look_at_table(self) -> Look:
        """Its rows and who wants it, and nothing of the site's."""
        findings = self._ask("the table", self._table_state)
        dead, live, vacuumed, waiting = self._seen
        return Look(tuple(findings), dead, live, vacuumed, waiting > 0)

    def look(self, backfill: Backfill, blocked: int = 0) -> Look:
        """``blocked`` sessions waited for the last batch's locks."""
        table = self.look_at_table()
        findings = [
            *self._ask("replication", self._replication),
            *self._ask("WAL", self._wal_rate),
            *table.findings,
            *_blocked(blocked),
            *(Finding(*found) for found in self.latency.findings()),
            *_hooks(backfill),
        ]
        return replace(table, findings=tuple(findings))

    def _ask(self, what: str, signal: Callable[[], Iterator[Finding]]) -> list[Finding]:
        try:
            return list(signal())
        except DatabaseError as error:
            if not self.connection.is_usable():
                raise
            return [_unseen(what, error)]

    def _replication(self) -> Iterator[Finding]:
        most = conf.BACKFILL_RETAINED_MB * _MEGABYTE
        with self.connection.cursor() as cursor:
            cursor.execute(_REPLICAS)
            for replica, seconds, hidden, behind in cursor.fetchall():
                if hidden:
                    yield Finding(
                        Pressure.SLOW, "backfill_unseen",
                        {"what": f"replica {replica}", "error": "pg_monitor is not granted"},
                    )  # fmt: skip
                elif seconds is not None and seconds > conf.BACKFILL_LAG_SECONDS:
                    yield Finding(
                        Pressure.HOLD, "backfill_replica_behind",
                        {"replica": replica, "seconds": round(seconds, 1)},
                    )  # fmt: skip
                elif behind is not None and behind > most:
                    yield _retained(replica, behind)
            cursor.execute(_SLOTS)
            for slot, behind in cursor.fetchall():
                if behind is not None and behind > most:
                    yield _retained(slot, behind)

    def _wal_rate(self) -> Iterator[Finding]:
        with self.connection.cursor() as cursor:
            cursor.execute(_WAL)
            (written,) = cursor.fetchone()
        now, before = time.monotonic(), self._wal
        self._wal = (now, written)
        if before is None or now <= before[0]:
            return
        rate = (written - before[1]) / (now - before[0]) / _MEGABYTE
        if rate > conf.BACKFILL_WAL_MB_PER_SECOND:
            yield Finding(Pressure.SLOW, "backfill_wal_rate", {"megabytes": round(rate)})

    def _table_state(self) -> Iterator[Finding]:
        self._seen = (None, None, True, 0)
        with self.connection.cursor() as cursor:
            cursor.execute(_TABLE, {"table": self.table.oid})
            dead, live, vacuumed, waiting = cursor.fetchone()
        self._seen = (int(dead), int(live), bool(vacuumed), int(waiting))
        rows = max(live, self.table.rows or 0, 10_000)  # a crash leaves the live ones at 0
        if dead > conf.BACKFILL_DEAD_SHARE * rows:
            yield Finding(
                Pressure.SLOW, "backfill_dead_rows", {"dead": int(dead), "rows": f"{dead:,}"}
            )
        if waiting:
            yield Finding(Pressure.SLOW, "backfill_table_waits", {"sessions": int(waiting)})


def _blocked(sessions: int) -> Iterator[Finding]:
    if sessions >= conf.BACKFILL_WAITING_SESSIONS:
        yield Finding(Pressure.SLOW, "backfill_others_wait", {"sessions": sessions})


def _retained(name: str, behind: float) -> Finding:
    facts = {"replica": name, "megabytes": round(behind / _MEGABYTE)}
    return Finding(Pressure.HOLD, "backfill_wal_retained", facts)


def _hooks(backfill: Backfill) -> Iterator[Finding]:
    for path in conf.BACKFILL_SIGNALS:
        try:
            text = import_string(path)(backfill)
        except Exception as error:
            logger.exception("The signal %s could not be read", path)
            yield _unseen(path, error)
        else:
            if text:
                yield Finding(Pressure.HOLD, "backfill_hook", {"hook": path, "text": str(text)})


def _unseen(what: str, error: Exception) -> Finding:
    facts = {"what": what, "error": f"{type(error).__name__}: {error}".strip()[:300]}
    return Finding(Pressure.SLOW, "backfill_unseen", facts)
