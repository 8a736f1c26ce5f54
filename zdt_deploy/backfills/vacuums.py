"""VACUUM beside a backfill: it gives the space of old row versions back while more are made.

An UPDATE leaves the old version of each row behind; without VACUUM the table grows by as much as
is changed. Many quick runs that leave the indexes alone keep it near its size. They come back to
every page that they have been at, until a deep run cleans the indexes, too, and PostgreSQL can
leave those pages out: that is at each quarter of the table. The last run refreshes the statistics.
A run has a thread and a connection of its own, and PostgreSQL lets one at a time work on a table.
A guard beside it looks once a second, whatever its lane is at: the run ends when somebody wants the
table, and when the backfill is paused or has ended. Through a pooler none is begun, since its
settings would stay in a session that others get.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core import database
from zdt_core.conf import conf
from zdt_deploy.backfills.keys import Table
from zdt_deploy.backfills.models import Backfill

QUICK = "VACUUM (INDEX_CLEANUP OFF, TRUNCATE OFF, SKIP_LOCKED)"
DEEP = "VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF, SKIP_LOCKED)"
LAST = "VACUUM (ANALYZE, INDEX_CLEANUP ON, TRUNCATE OFF, SKIP_LOCKED)"
GUARD_SECONDS = 1.0
_POLITE = "2ms"
_CANCEL_SECONDS = 2.0
_WANTED = """
    SELECT EXISTS (
           SELECT FROM pg_locks w
            WHERE NOT w.granted AND pg_blocking_pids(w.pid) @> ARRAY[%(pid)s]
              AND w.relation IN (
                  SELECT %(table)s::oid UNION SELECT relid FROM pg_partition_tree(%(table)s)))
"""
_OURS = """
    FROM pg_stat_activity
   WHERE query = ANY(%(queries)s) AND state = 'active'
     AND datname = current_database() AND usename = current_user
"""
_CANCEL = """
    SELECT pg_cancel_backend(a.pid) FROM pg_stat_activity a
     WHERE a.query LIKE 'VACUUM (%%TRUNCATE OFF, SKIP_LOCKED)%%' AND a.state = 'active'
       AND a.usename = current_user
       AND a.pid IN (
           SELECT unnest(pg_blocking_pids(w.pid)) FROM pg_locks w
            WHERE NOT w.granted AND w.relation IN (
                  SELECT %(table)s::oid UNION SELECT relid FROM pg_partition_tree(%(table)s)))
"""
logger = logging.getLogger("zdt.backfills")
_at_work: dict[tuple[str, int], Vacuum] = {}


class Vacuum:
    """One run, for the backfill with the id ``backfill``."""

    def __init__(
        self, alias: str, table: Table, statement: str, *, polite: bool, backfill: int
    ) -> None:
        self.alias, self.table, self.backfill = alias, table, backfill
        self.statement, self.polite = statement, polite
        self._over = threading.Event()
        self._session: Any = None
        self._pid: int | None = None
        self._thread = threading.Thread(target=self._run, name="zdt-vacuum", daemon=True)
        self._thread.start()
        threading.Thread(target=self._guard, name="zdt-vacuum-guard", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after ``seconds`` at most."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def stop(self) -> bool:
        """Have PostgreSQL end it; what it has done stays. Whether it has ended by now."""
        self._over.set()
        return self.wait(_CANCEL_SECONDS)

    def _run(self) -> None:
        connection = _own(direct(self.alias))
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (pid,) = cursor.fetchone()
                if pid != connection.connection.info.backend_pid:
                    logger.warning(
                        "No VACUUM of %s: a pooler stands before the database %s",
                        self.table.plain, self.alias,
                    )  # fmt: skip
                    return
                cursor.execute(
                    "SELECT set_config('vacuum_cost_delay', %s, false),"
                    " set_config('statement_timeout', '0', false),"
                    " set_config('client_connection_check_interval', '5s', false),"
                    " CASE WHEN %s THEN set_config('max_parallel_maintenance_workers', '0', false)"
                    " WHEN %s THEN set_config('vacuum_buffer_usage_limit', '0', false) END",
                    [_POLITE if self.polite else "0", self.polite, _knows_buffer_limit(connection)],
                )
                self._pid, self._session = pid, connection.connection
                if not self._over.is_set():
                    cursor.execute(f"{self.statement} {self.table.plain}")
        except DatabaseError as error:
            logger.info("VACUUM of %s ended early: %s", self.table.plain, error)
        finally:
            self._over.set()
            self._session = None
            connection.close()

    def _guard(self) -> None:
        """End it when it is not asked for any more, or nobody knows whether it is."""
        try:
            while not self._over.wait(GUARD_SECONDS):
                if not self._is_asked_for():
                    self._over.set()
        except DatabaseError as error:
            logger.info("VACUUM of %s is not watched any more: %s", self.table.plain, error)
        finally:
            connections.close_all()  # this thread's
            while not self.wait(0.1):
                self._cancel()

    def _is_asked_for(self) -> bool:
        asked = Backfill.objects.filter(pk=self.backfill, state=Backfill.State.RUNNING)
        if not asked.exists():
            return False
        with connections[self.alias].cursor() as cursor:
            cursor.execute(_WANTED, {"pid": self._pid or 0, "table": self.table.oid})
            return not cursor.fetchone()[0]

    def _cancel(self) -> None:
        """By the session's own key, which reaches no process but its."""
        session = self._session
        if session is not None:
            with suppress(Exception):  # it has ended, or the server is away: looked at again
                session.cancel_safe(timeout=_CANCEL_SECONDS)


def begin(alias: str, table: Table, statement: str, *, polite: bool, backfill: int) -> Vacuum:
    """Begin a run, or the one that this process is at already."""
    running = at_work(alias, table)
    if running is not None:
        return running
    _at_work[alias, table.oid] = Vacuum(alias, table, statement, polite=polite, backfill=backfill)
    return _at_work[alias, table.oid]


def at_work(alias: str, table: Table) -> Vacuum | None:
    """The run that this process is at."""
    running = _at_work.get((alias, table.oid))
    if running is not None and running.wait(0):
        del _at_work[alias, table.oid]
        return None
    return running


def is_at_work_anywhere(connection: BaseDatabaseWrapper, table: Table) -> bool:
    """Whether some process is at a run."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT {_OURS})", {"queries": _queries(table)})
        return bool(cursor.fetchone()[0])


def stop(alias: str, table: Table) -> bool:
    """End the run that this process is at; whether there was one."""
    running = at_work(alias, table)
    if running is not None:
        running.stop()
    return running is not None


def stop_everywhere(connection: BaseDatabaseWrapper, table: Table) -> bool:
    """End the runs on the table of whatever process; whether there was one."""
    was_here = stop(connection.alias, table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_cancel_backend(pid) {_OURS}", {"queries": _queries(table)})
        return cursor.rowcount > 0 or was_here


def give_way(connection: BaseDatabaseWrapper, table: Table) -> None:
    """End runs of backfills, of whatever process, that sessions wait for."""
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, {"table": table.oid})


def direct(alias: str) -> str:
    """The alias that reaches the same PostgreSQL without a pooler, where the project has one."""
    return (conf.DIRECT_DATABASE or alias) if alias == database.alias() else alias


def _own(alias: str) -> BaseDatabaseWrapper:
    """A connection that nobody gets afterwards, with the settings that are left in it."""
    connection = connections[alias].copy()
    connection.settings_dict["OPTIONS"].pop("pool", None)
    return connection


def _knows_buffer_limit(connection: BaseDatabaseWrapper) -> bool:
    """Since 16, VACUUM can be told to use more of the memory than a small ring."""
    return bool(connection.connection.info.server_version >= 160_000)


def _queries(table: Table) -> list[str]:
    return [f"{statement} {table.plain}" for statement in (QUICK, DEEP, LAST)]
