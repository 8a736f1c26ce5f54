"""A table's key: the columns by which its rows can be gone through, found in the catalogue.

Values of keys travel as lists of JSON values: integers as such, everything else as the text that
PostgreSQL writes and reads. They are compared in PostgreSQL only, by the column's own collation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core.exceptions import Refused

Values = list[Any]
_PART = re.compile(r'"(?:[^"]|"")+"|[^".]+')
_WRITTEN = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))?")
_INTEGERS = ("smallint", "integer", "bigint")
_FIND_TABLE = """
    SELECT c.oid::bigint, n.nspname, c.relname, c.relkind,
           CASE WHEN c.relkind = 'p' THEN (
               SELECT CASE WHEN min(leaf.reltuples) < 0 THEN -1 ELSE sum(leaf.reltuples) END
                 FROM pg_partition_tree(c.oid) part JOIN pg_class leaf ON leaf.oid = part.relid
                WHERE part.isleaf) ELSE c.reltuples END
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass(%s)
"""
_BEHIND_VIEW = """
    SELECT string_agg(DISTINCT d.refobjid::regclass::text, ', ')
      FROM pg_rewrite r
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
       AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
     WHERE r.ev_class = %s
"""
_FIND_KEY = """
    SELECT i.indisprimary, i.indexrelid::regclass::text, i.indkey::int[], i.indnatts,
           array_agg(a.attname ORDER BY at.place), array_agg(format_type(a.atttypid, -1)
           ORDER BY at.place), array_agg(coalesce(co.collname, '') ORDER BY at.place)
      FROM pg_index i
      JOIN pg_am am ON am.amname = 'btree'
      JOIN pg_class ic ON ic.oid = i.indexrelid AND ic.relam = am.oid
      JOIN generate_series(0, 31) AS at(place) ON at.place < i.indnkeyatts
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[at.place]
      JOIN pg_opclass op ON op.oid = i.indclass[at.place]
      LEFT JOIN pg_collation co ON co.oid = a.attcollation
     WHERE i.indrelid = %s AND i.indisunique AND i.indisvalid AND i.indisready
       AND i.indpred IS NULL AND i.indexprs IS NULL
       AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conrelid = i.indrelid
                          AND n.contype = 'n' AND NOT n.convalidated
                          AND n.conkey[1] = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1]))
     GROUP BY i.indexrelid, i.indisprimary, i.indkey, i.indnatts, i.indnkeyatts
    HAVING bool_and(a.attnotnull) AND bool_and(op.opcdefault)
       AND bool_and(i.indoption[at.place] = 0)
       AND bool_and(i.indcollation[at.place] = a.attcollation)
     ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid
     LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the catalogue has it; ``rows`` is PostgreSQL's estimate, None where it has none.

    ``sql`` is its quoted name for statements with parameters: percent signs are doubled.
    """

    oid: int
    schema: str
    name: str
    partitioned: bool
    rows: int | None
    sql: str

    @property
    def plain(self) -> str:
        """Its quoted name for people, and for statements without parameters."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a key: its name, quoted for statements with parameters, its type as SQL, and what
    its texts are ordered by."""

    name: str
    sql: str
    type: str
    collation: str = ""

    @property
    def is_integer(self) -> bool:
        return self.type in _INTEGERS

    @property
    def place(self) -> str:
        """The placeholder of a value."""
        return f"%s::{escaped(self.type)}"


@dataclass(frozen=True, slots=True)
class Key:
    """The columns that tell rows apart, in the order of a unique index."""

    columns: tuple[Column, ...]

    @property
    def is_integer(self) -> bool:
        """One column, of integers."""
        return len(self.columns) == 1 and self.columns[0].is_integer

    def written(self) -> list[list[str]]:
        """Name, type and collation of each column: what places in the key are worth."""
        return [[column.name, column.type, column.collation] for column in self.columns]

    def order(self, *, down: bool = False) -> str:
        """The ORDER BY that the index serves."""
        return ", ".join(column.sql + (" DESC" if down else "") for column in self.columns)

    def selected(self) -> str:
        """The select list of a key.

        Texts get names of their own, or ORDER BY would sort by them instead of by the columns.
        """
        return ", ".join(
            column.sql if column.is_integer else f"{column.sql}::text AS zdt_key_{place}"
            for place, column in enumerate(self.columns)
        )

    def above(self, low: Values, prefix: str = "") -> tuple[str, list[Any]]:
        """``key > low``."""
        return self._compared(">", low, prefix)

    def below(self, high: Values, prefix: str = "") -> tuple[str, list[Any]]:
        """``key < high``."""
        return self._compared("<", high, prefix)

    def up_to(self, high: Values, prefix: str = "") -> tuple[str, list[Any]]:
        """``key <= high``."""
        return self._compared("<=", high, prefix)

    def equal(self, value: Values, prefix: str = "") -> tuple[str, list[Any]]:
        """``key = value``."""
        return self._compared("=", value, prefix)

    def between(
        self, low: Values | None, high: Values | None, prefix: str = ""
    ) -> tuple[str, list[Any]]:
        """``low < key <= high``; None is open."""
        parts: list[str] = []
        params: list[Any] = []
        if low is not None:
            sql, values = self.above(low, prefix)
            parts.append(sql)
            params += values
        if high is not None:
            sql, values = self.up_to(high, prefix)
            parts.append(sql)
            params += values
        return " AND ".join(parts) or "TRUE", params

    def _compared(self, operator: str, values: Values, prefix: str) -> tuple[str, list[Any]]:
        dot = f"{prefix}." if prefix else ""
        names = [dot + column.sql for column in self.columns]
        places = [column.place for column in self.columns]
        params = texts(values)
        if len(names) == 1:
            return f"{names[0]} {operator} {places[0]}", params
        return f"({', '.join(names)}) {operator} ({', '.join(places)})", params


def quoted(name: str) -> str:
    """``name`` as an identifier of PostgreSQL's, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def escaped(sql: str) -> str:
    """``sql`` for a statement with parameters, where percent signs are the driver's."""
    return sql.replace("%", "%%")


def texts(values: Values) -> Values:
    """Values of a key as parameters. Numbers travel as texts: the lowest one's minus sign would
    otherwise be applied to what is out of range without it."""
    return [str(value) for value in values]


def table(connection: BaseDatabaseWrapper, name: str) -> Table:
    """The table called ``name``, which is ``table`` or ``schema.table``; parts may be quoted, as
    in SQL. Raises Refused without one."""
    with connection.cursor() as cursor:
        for written in _spellings(name):
            cursor.execute(_FIND_TABLE, [".".join(quoted(part) for part in written)])
            row = cursor.fetchone()
            if row is not None:
                break
        else:
            raise Refused("backfill_table_missing", table=name, alias=connection.alias)
    oid, schema, relation, kind, rows = row
    if kind == "v":
        with connection.cursor() as cursor:
            cursor.execute(_BEHIND_VIEW, [oid])
            raise Refused("backfill_view", view=name, tables=cursor.fetchone()[0] or "-")
    if kind not in ("r", "p"):
        raise Refused("backfill_not_a_table", table=name)
    return Table(
        int(oid), schema, relation, kind == "p", None if rows < 0 else round(rows),
        escaped(f"{quoted(schema)}.{quoted(relation)}"),
    )  # fmt: skip


def find(connection: BaseDatabaseWrapper, table: Table) -> Key:
    """The primary key, else the shortest unique index whose columns are all NOT NULL.

    Raises Refused where the table has neither.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND_KEY, [table.oid])
        row = cursor.fetchone()
    if row is None:
        raise Refused("backfill_table_without_key", table=table.plain)
    columns = zip(row[4], row[5], row[6], strict=True)
    return Key(
        tuple(Column(name, escaped(quoted(name)), kind, text) for name, kind, text in columns)
    )


def written(table: Table, key: Key) -> dict[str, Any]:
    """What ranges are cut from, to be kept with them."""
    return {"table": table.oid, "columns": key.written()}


def require(table: Table, key: Key, written: dict[str, Any] | None) -> None:
    """Raise Refused where ranges were cut from another key or table, as was ``written`` then."""
    if written is None:
        return
    if key.written() != written["columns"]:
        now, before = _told(key.written()), _told(written["columns"])
        raise Refused("backfill_shape_gone", error=f"its key is {now}, and was {before}")
    if table.oid != written["table"]:
        raise Refused("backfill_shape_gone", error=f"{table.plain} is another table of that name")


def _told(written: list[list[str]]) -> str:
    return "(" + ", ".join(" ".join(part for part in column if part) for column in written) + ")"


def before(connection: BaseDatabaseWrapper, table: Table, key: Key, value: Values) -> Values | None:
    """The last key below ``value``, by the index alone; None where there is none."""
    where, params = key.below(value)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key.selected()} FROM {table.sql} WHERE {where}"  # noqa: S608
            f" ORDER BY {key.order(down=True)} LIMIT 1",
            params,
        )
        return read(cursor.fetchone())


def read(row: Sequence[Any] | None) -> Values | None:
    """A key from a row of `Key.selected`."""
    return None if row is None else list(row)


def _spellings(name: str) -> list[tuple[str, ...]]:
    """What ``name`` may mean: parts that are quoted as in SQL; a name with a dot is a schema's
    table, or a table with a dot in its name; any other is a table's as it is."""
    found: list[tuple[str, ...]] = [(name,)]
    schema, dot, rest = name.partition(".")
    if dot and schema and rest:
        found.insert(0, (schema, rest))
    if _WRITTEN.fullmatch(name):
        found.insert(0, tuple(_unquoted(part) for part in _PART.findall(name)))
    return list(dict.fromkeys(found))


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part
