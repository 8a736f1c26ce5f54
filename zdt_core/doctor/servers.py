"""What PostgreSQL and Redis say of themselves, each within a deadline.

The transaction of a round is read-only, has a statement timeout, and is always rolled back, so
that nothing of it stays in a session that a pooler hands on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from zdt_core import database, fast_copy

STATEMENT_MS = 2000
CONNECT_SECONDS = 3.0

_FACTS = """
SELECT set_config('statement_timeout', %s, true), set_config('transaction_read_only', 'on', true),
       current_setting('server_version'), current_setting('server_version_num')::int,
       current_database(), current_user, current_setting('application_name'),
       extract(epoch FROM clock_timestamp())::float, pg_is_in_recovery(), pg_backend_pid(),
       ARRAY(SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Postgresql:
    """``ahead`` is how many seconds this host's clock is ahead of the database's.

    It is pooled where the process that answers is not the one that the connection was made to.
    """

    version: str
    number: int
    name: str
    user: str
    application_name: str
    ahead: float
    is_standby: bool
    is_pooled: bool
    missing_tables: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Redis:
    version: str
    number: tuple[int, ...]
    policy: str
    max_memory: int
    ahead: float
    role: str

    @property
    def evicts(self) -> bool:
        """Whether it drops keys where it should refuse writes."""
        return self.max_memory > 0 and self.policy not in ("", "noeviction")


class _Over(Exception):
    """Ends the transaction by a rollback."""


@contextmanager
def transaction() -> Iterator[None]:
    """Everything in it is forgotten; within another it is a savepoint."""
    try:
        with database.atomic():
            yield
            raise _Over
    except _Over:
        pass


def tables(label: str) -> list[str]:
    """The tables of an installed app."""
    config = apps.get_app_config(label)
    return [m._meta.db_table for m in config.get_models() if m._meta.managed]


def ask_postgresql(wanted: list[str]) -> Postgresql:
    """Its facts, and which of the ``wanted`` tables are missing. Raises DatabaseError."""
    with database.connection().cursor() as cursor:
        cursor.execute(_FACTS, [str(STATEMENT_MS), wanted])
        row: Any = cursor.fetchone()
    return Postgresql(
        version=row[2].split()[0],
        number=row[3],
        name=row[4],
        user=row[5],
        application_name=row[6],
        ahead=time.time() - row[7],
        is_standby=row[8],
        is_pooled=row[9] != database.connection().connection.info.backend_pid,
        missing_tables=frozenset(row[10]),
    )


def unapplied(labels: Sequence[str]) -> list[str]:
    """Migrations of these apps that the database has not seen."""
    loader = MigrationLoader(database.connection())
    waiting = set(loader.disk_migrations) - set(loader.applied_migrations)
    return [f"{label}.{name}" for label, name in sorted(waiting) if label in labels]


def ask_redis() -> Redis:
    """Its facts, in one round trip. Raises fast_copy.Error or ConfigurationError."""
    client = fast_copy.client()
    info: dict[str, Any] = client.info()
    now = time.time()
    theirs = float(info.get("server_time_usec", now * 1e6)) / 1e6
    return Redis(
        version=_name(info),
        number=tuple(int(part) for part in str(info.get("redis_version", "0")).split(".")[:2]),
        policy=str(info.get("maxmemory_policy", "")),
        max_memory=int(info.get("maxmemory", 0)),
        ahead=now - theirs,
        role=str(info.get("role", "")),
    )


def _name(info: dict[str, Any]) -> str:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info.get('redis_version', '?')}"
