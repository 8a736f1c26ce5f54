"""The way past a pooler: for a while, an alias of this thread leads to the server itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core import database
from zdt_core.conf import conf
from zdt_core.exceptions import Refused

_PLACE = "SELECT current_database(), pg_postmaster_start_time()::text"


def canonical(alias: str) -> str:
    """The alias that records and routers know, where ``alias`` is only a way around its pooler."""
    return database.alias() if alias == conf.DIRECT_DATABASE else alias


@contextmanager
def past_the_pooler(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """This thread's connection of ``alias``, with a session of the server for itself.

    It goes where ZDT_DIRECT_DATABASE leads, if that stands for ``alias``; its name stays, so that
    records, routers and migrations see the alias that they know. Raises Refused where a pooler is
    in between, or the direct way leads elsewhere.
    """
    here = connections[alias]
    if here.vendor != "postgresql":
        raise Refused("migrate_not_postgresql", alias=alias)
    if here.in_atomic_block:
        raise Refused("migrate_in_transaction", alias=alias)
    before = here.settings_dict
    way = conf.DIRECT_DATABASE if alias == database.alias() else None
    place = _place(here) if way not in (None, alias) else None
    here.close()
    here.settings_dict = _one_session(connections.settings[way] if way else before)
    try:
        _require_same(here, place, way)
        _require_session(here)
        yield here
    finally:
        here.close()
        here.settings_dict = before


def _one_session(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings without psycopg's pool, which keeps a session, and its lock, after a close."""
    options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
    return {**settings, "OPTIONS": options}


def _place(connection: BaseDatabaseWrapper) -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_PLACE)
        name, since = cursor.fetchone()
        return name, since


def _require_same(
    connection: BaseDatabaseWrapper, place: tuple[str, str] | None, way: str | None
) -> None:
    if place is None:
        return
    there = _place(connection)
    if there != place:
        raise Refused(
            "migrate_direct_elsewhere", alias=connection.alias, direct=way,
            here=" since ".join(place), there=" since ".join(there),
        )  # fmt: skip


def _require_session(connection: BaseDatabaseWrapper) -> None:
    """A pooler answers with a process id of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    if pid != connection.connection.info.backend_pid:
        raise Refused("migrate_pooled", alias=connection.alias)
