"""The database's clock, the only one that measures how long a deployment takes."""

from __future__ import annotations

from datetime import UTC, datetime

from zdt_core import database


def now() -> datetime:
    """The database's time, in UTC."""
    with database.connection().cursor() as cursor:
        cursor.execute("SELECT STATEMENT_TIMESTAMP()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)
