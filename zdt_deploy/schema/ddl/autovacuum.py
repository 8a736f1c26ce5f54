"""Autovacuums, which give way to who waits for deadlock_timeout."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.ddl.timeouts import set_timeouts


def hurry(connection: BaseDatabaseWrapper, yields_after: float) -> None:
    """In the open transaction: make the wait for an autovacuum short, where we may."""
    if yields_after and may_hurry(connection):
        set_timeouts(connection, {"deadlock_timeout": yields_after}, local=True)


def may_hurry(connection: BaseDatabaseWrapper) -> bool:
    """Whether this role may set deadlock_timeout: superusers, and who was granted it."""
    with connection.cursor() as cursor:
        if connection.pg_version >= 150000:  # type: ignore[attr-defined]
            cursor.execute("SELECT has_parameter_privilege('deadlock_timeout', 'SET')")
        else:
            cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        return bool(cursor.fetchone()[0])


def deadlock_timeout(connection: BaseDatabaseWrapper) -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setting::float / 1000 FROM pg_settings WHERE name = 'deadlock_timeout'"
        )
        return float(cursor.fetchone()[0])
