"""A table of customers whose column ``email`` is to be called ``address``: full pages, three
indexes, and the trigger that keeps both in step."""

from __future__ import annotations

from typing import Any

import psycopg

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
_TRIGGER = """
    CREATE OR REPLACE FUNCTION customer_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.address IS NULL THEN NEW.address := NEW.email;
            ELSE NEW.email := NEW.address; END IF;
        ELSIF NEW.address IS DISTINCT FROM OLD.address THEN NEW.email := NEW.address;
        ELSE NEW.address := NEW.email; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER customer_in_step BEFORE INSERT OR UPDATE ON customer FOR EACH ROW
        WHEN (NEW.email IS DISTINCT FROM NEW.address) EXECUTE FUNCTION customer_in_step();
"""


class Customers:
    """Makes the table anew, and looks at it."""

    def __init__(self, url: str, rows: int) -> None:
        """``rows`` is the most that a table will have."""
        self.rows = rows
        self.connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)
        self._do(f"CREATE UNLOGGED TABLE pattern ({_COLUMNS})")
        self.connection.execute(_ROWS, [rows])

    def make(self, rows: int, *, autovacuum: bool = False) -> None:
        """A table of ``rows`` in which none has an address yet."""
        self.rows = rows
        self._do(f"DROP TABLE IF EXISTS {TABLE}")
        self._do(f"CREATE TABLE {TABLE} ({_COLUMNS}) WITH (autovacuum_enabled = {autovacuum})")
        self._do(f"INSERT INTO {TABLE} SELECT * FROM pattern WHERE id <= {rows:d}")
        self._do(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id), ADD COLUMN address text")
        self._do(f"CREATE INDEX ON {TABLE} (email)")
        self._do(f"CREATE INDEX ON {TABLE} (created_at)")
        self.connection.execute(_TRIGGER)
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
