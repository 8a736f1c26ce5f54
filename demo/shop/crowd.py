"""Many accounts at once, made by the database: a table as large as one that matters."""

from __future__ import annotations

from django.db import connection

from demo.shop.models import User

_INSERT = """
INSERT INTO {table} (username, {email}, password, is_superuser, is_staff, is_active)
SELECT 'account' || number, 'account' || number || '@example.com', '!', false, false, true
FROM generate_series(1, %s) AS number
ON CONFLICT (username) DO NOTHING
"""


def gather(number: int) -> None:
    """Put in ``number`` accounts that nobody signs in to; those that exist stay."""
    names = {
        "table": connection.ops.quote_name(User._meta.db_table),
        "email": connection.ops.quote_name(User._meta.get_field(User.EMAIL_FIELD).column),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(**names), [number])
        cursor.execute(f"ANALYZE {names['table']}")
