"""Whose turn it is to migrate: a lock of the PostgreSQL session, which dies with its holder."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from zdt_core import identity
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import durations
from zdt_deploy.schema.migrating.conf import conf

Say = Callable[[str], object]

_KEY = "hashtext('zdt.migrate'), 0"
_OURS = """
    l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.objid = 0
    AND l.classid = (hashtext('zdt.migrate')::bigint & 4294967295)::oid
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_HOLDER = f"""
    SELECT a.pid, coalesce(a.application_name, ''), coalesce(a.usename, ''),
           coalesce(host(a.client_addr), ''),
           extract(epoch FROM clock_timestamp() - a.backend_start),
           to_char(a.backend_start, 'HH24:MI:SS'), coalesce(a.query, '')
      FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE {_OURS}
"""  # noqa: S608
_MINE = f"SELECT EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND {_OURS})"  # noqa: S608
_SESSION = {
    "client_connection_check_interval": "2s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "idle_session_timeout": "0",
}
"""So that the server notices soon when this process or its machine is gone, and nothing else."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Who migrates now; ``age`` is that of its session in seconds."""

    pid: int
    application: str
    user: str
    address: str
    age: float
    since: str
    query: str

    def __str__(self) -> str:
        named = identity.parse_connection_name(self.application)
        who = _("release %s") % named[0] if named else self.application or self.user
        where = self.address or _("a socket of the server")
        text = _("%(who)s from %(where)s, since %(since)s (%(age)s), pid %(pid)s: %(query)s") % {
            "who": who, "where": where, "since": self.since, "age": durations.rounded(self.age),
            "pid": self.pid, "query": " ".join(self.query.split())[:80],
        }  # fmt: skip
        return text.rstrip(": ")


def take(connection: BaseDatabaseWrapper, say: Say, *, patience: float | None = None) -> float:
    """Wait until it is our turn, saying who is in front; returns the seconds that it took.

    It asks again and again instead of queueing: a session that waits for a lock holds a snapshot,
    for which an index build of the runner would wait in turn. Refused("migrate_queue_too_long").
    """
    _prepare(connection)
    patience = conf.MIGRATE_QUEUE_SECONDS if patience is None else patience
    began, told = time.monotonic(), 0
    while not _try(connection):
        waited = time.monotonic() - began
        runner = holder(connection)
        if waited >= patience:
            raise Refused(
                "migrate_queue_too_long", seconds=round(waited), runner=str(runner or "?")
            )
        if runner is not None and runner.pid != told:
            told = runner.pid
            say(_("Waiting for %s") % runner)
        time.sleep(conf.MIGRATE_LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311
    return time.monotonic() - began


def holder(connection: BaseDatabaseWrapper) -> Runner | None:
    """Who migrates this database now."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER)
        row = cursor.fetchone()
    return None if row is None else Runner(*row)


def is_ours(connection: BaseDatabaseWrapper) -> bool:
    """Whether the session still has the lock; code of a migration may have closed it."""
    with connection.cursor() as cursor:
        cursor.execute(_MINE)
        return bool(cursor.fetchone()[0])


def give_back(connection: BaseDatabaseWrapper) -> None:
    """Let the next one have its turn."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_unlock({_KEY})")


def _try(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({_KEY})")
        return bool(cursor.fetchone()[0])


def _prepare(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for name, value in _SESSION.items():
            try:
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])
            except DatabaseError:  # not on every system the server runs on
                continue
