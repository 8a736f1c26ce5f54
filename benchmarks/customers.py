"""A table of customers whose column ``email`` is to be called ``address``: full pages, three
indexes, and the trigger that the expand of such a rename makes."""

from __future__ import annotations

from typing import Any

import psycopg

from zdt_deploy.schema.pairs import Column, Pair, renaming

TABLE = "customer"
_COLUMNS = (
    "id bigint, email text NOT NULL, full_name text, status varchar(10), country smallint,"
    " balance numeric(12, 2), created_at timestamptz, bio text"
)
_ROWS = """
    INSERT INTO pattern
    SELECT n, 'user' || n || '@' || md5(n::text) || '.example.com',
           'First' || n %% 1000 || ' Last' || n %% 7777,
           (ARRAY['active', 'new', 'closed'])[1 + n %% 3], n %% 200, n * 17 %% 100000 / 100.0,
           now() - n * INTERVAL '1 second', repeat('x', 20 + n %% 60)
      FROM generate_series(1, %s) AS n
"""


def pair() -> Pair:
    """What the trigger keeps equal."""
    return renaming(TABLE, Column("email", "text", null=False), "address")


class Customers:
    """Makes the table anew, and looks at it. Needs Django to be set up, on the same database."""

    def __init__(self, url: str, rows: int) -> None:
        """``rows`` is the most that a table will have."""
        self.rows = rows
        self.connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)
        self._do(f"CREATE UNLOGGED TABLE pattern ({_COLUMNS})")
        self.connection.execute(_ROWS, [rows])

    def make(self, rows: int, *, autovacuum: bool = False) -> None:
        """A table of ``rows`` in which none has an address yet."""
        from django.db import connection

        from zdt_deploy.schema import ddl, triggers

        self.rows = rows
        self._do(f"DROP TABLE IF EXISTS {TABLE}")
        self._do(f"CREATE TABLE {TABLE} ({_COLUMNS}) WITH (autovacuum_enabled = {autovacuum})")
        self._do(f"INSERT INTO {TABLE} SELECT * FROM pattern WHERE id <= {rows:d}")
        self._do(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id), ADD COLUMN address text")
        self._do(f"CREATE INDEX ON {TABLE} (email)")
        self._do(f"CREATE INDEX ON {TABLE} (created_at)")
        triggers.install(ddl.Editor(connection), pair())
        self._do(f"VACUUM (FREEZE, ANALYZE) {TABLE}")
        self._do("CHECKPOINT")

    def heap(self) -> int:
        """Bytes of the table without its indexes."""
        return int(self.value(f"SELECT pg_relation_size('{TABLE}')"))

    def unequal(self) -> int:
        """Rows whose columns differ."""
        return int(self.value(f"SELECT count(*) FROM {TABLE} WHERE address IS DISTINCT FROM email"))

    def value(self, query: str) -> Any:
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return row[0]

    def _do(self, statement: str) -> None:
        self.connection.execute(statement)
