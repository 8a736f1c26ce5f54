"""VACUUM beside a backfill: it gives the space of old row versions back while more are made.

An UPDATE leaves the old version of each row behind; without VACUUM the table grows by as much as
is changed. Many quick runs that leave the indexes alone keep it near its size. They come back to
every page that they have been at, until a deep run cleans the indexes, too, and PostgreSQL can
leave those pages out: that is at each quarter of the table. The last run refreshes the statistics.
A run has a thread and a connection of its own, PostgreSQL lets one at a time work on a table, and
it is cancelled when somebody wants the table.
"""

from __future__ import annotations

import logging
import threading
import time

from django.db import Error as DatabaseError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core import database
from zdt_core.conf import conf
from zdt_deploy.backfills.keys import Table

QUICK = "VACUUM (INDEX_CLEANUP OFF, TRUNCATE OFF, SKIP_LOCKED)"
DEEP = "VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF, SKIP_LOCKED)"
LAST = "VACUUM (ANALYZE, INDEX_CLEANUP ON, TRUNCATE OFF, SKIP_LOCKED)"
_POLITE = "2ms"
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
    """One run. ``seconds`` is how long it has taken so far."""

    def __init__(self, alias: str, table: Table, statement: str, *, polite: bool) -> None:
        self.alias, self.table = alias, table
        self.statement, self.polite = statement, polite
        self.began = time.monotonic()
        self.ended = False
        self._pid: int | None = None
        self._thread = threading.Thread(target=self._run, name="zdt-vacuum", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after ``seconds`` at most."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def cancel(self, connection: BaseDatabaseWrapper) -> None:
        """Have PostgreSQL end it; what it has done stays."""
        if self._pid is not None and self._thread.is_alive():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_cancel_backend(%s)", [self._pid])

    def _run(self) -> None:
        connection = connections[direct(self.alias)]  # this thread's own
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_backend_pid(), set_config('vacuum_cost_delay', %s, false),"
                    " set_config('statement_timeout', '0', false),"
                    " set_config('client_connection_check_interval', '5s', false),"
                    " CASE WHEN %s THEN set_config('max_parallel_maintenance_workers', '0', false)"
                    " END",
                    [_POLITE if self.polite else "0", self.polite],
                )
                self._pid = cursor.fetchone()[0]
                cursor.execute(f"{self.statement} {self.table.sql}")
        except DatabaseError as error:
            logger.info("VACUUM of %s ended early: %s", self.table.sql, error)
        finally:
            self._pid = None
            connection.close()


def begin(alias: str, table: Table, statement: str, *, polite: bool) -> Vacuum:
    """Begin a run, or the one that this process is at already."""
    running = at_work(alias, table)
    if running is not None:
        return running
    _at_work[alias, table.oid] = Vacuum(alias, table, statement, polite=polite)
    return _at_work[alias, table.oid]


def at_work(alias: str, table: Table) -> Vacuum | None:
    """The run that this process is at."""
    running = _at_work.get((alias, table.oid))
    if running is not None and running.wait(0):
        del _at_work[alias, table.oid]
        return None
    return running


def stop(connection: BaseDatabaseWrapper, table: Table) -> None:
    """End the run that this process is at, if there is one."""
    running = at_work(connection.alias, table)
    if running is not None:
        running.cancel(connection)


def give_way(connection: BaseDatabaseWrapper, table: Table) -> None:
    """End runs of backfills, of whatever process, that sessions wait for."""
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, {"table": table.oid})


def direct(alias: str) -> str:
    """The alias that reaches the same PostgreSQL without a pooler, where the project has one."""
    return (conf.DIRECT_DATABASE or alias) if alias == database.alias() else alias
