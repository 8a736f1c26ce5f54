"""The timeouts of a transaction or session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper


def set_timeouts(connection: BaseDatabaseWrapper, limits: dict[str, float], *, local: bool) -> None:
    with connection.cursor() as cursor:
        for name, seconds in limits.items():
            cursor.execute(
                "SELECT set_config(%s, %s, %s)", [name, f"{round(seconds * 1000)}ms", local]
            )


@contextmanager
def session(connection: BaseDatabaseWrapper, limits: dict[str, float]) -> Iterator[None]:
    """The ``limits`` for the whole session, and what was there before at the end. Where that
    can't be restored, the session is closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(limits)])
        there = {name: int(setting) / 1000 for name, setting in cursor.fetchall()}
    before = {name: seconds for name, seconds in there.items() if seconds != limits[name]}
    try:
        set_timeouts(connection, {name: limits[name] for name in before}, local=False)
        yield
    finally:
        try:
            set_timeouts(connection, before, local=False)
        except BaseException:
            connection.close()
            raise


def without_end(connection: BaseDatabaseWrapper) -> dict[str, float]:
    """The limits that end what runs for long, off."""
    limits = {"statement_timeout": 0.0}
    if connection.pg_version >= 170000:  # type: ignore[attr-defined]
        limits["transaction_timeout"] = 0.0
    return limits
