"""Whether a column would get another value than it has: byte by byte, as a reader would see it.

``=`` overlooks differences: 1.50 and 1.5, '24:00' and '1 day', boxes of one area, case in citext
and in collations that say so; json has none. PostgreSQL knows of which types equal values are the
same bytes, since their B-trees may keep one of several (``equalimage``, support function 4). All
others are compared as records, by their images.

Source: PostgreSQL's documentation, B-Tree Support Functions and Row-wise Comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.backfills import keys

_COLUMNS = """
    SELECT '"' || replace(attname, '"', '""') || '"',
           format_type(atttypid, CASE WHEN atttypid IN ('varchar'::regtype, 'varbit'::regtype)
                                      THEN -1 ELSE atttypmod END),
           coalesce((SELECT f.amproc::text FROM pg_opclass c
                       JOIN pg_am m ON m.oid = c.opcmethod AND m.amname = 'btree'
                       JOIN pg_amproc f ON f.amprocfamily = c.opcfamily AND f.amprocnum = 4
                        AND f.amproclefttype = c.opcintype AND f.amprocrighttype = c.opcintype
                      WHERE c.opcdefault AND c.opcintype =
                            CASE atttypid WHEN 'varchar'::regtype THEN 'text'::regtype
                                          ELSE atttypid END), '')
      FROM pg_attribute
     WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
"""
"""Of varchar and varbit without their length: a value that is too long has to be refused, and a
cast would cut it."""


@dataclass(frozen=True, slots=True)
class Column:
    """Its type in SQL, and the function that tells of which values equality is that of bytes."""

    type: str
    image: str


def columns(connection: BaseDatabaseWrapper, table: str) -> dict[str, Column]:
    """Those of ``table`` (SQL, percent signs doubled), by their quoted names."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, {"table": table.replace("%%", "%")})
        return {name: Column(type_, image) for name, type_, image in cursor.fetchall()}


def differ(name: str, sql: str, column: Column | None) -> str:
    """SQL that holds where the column ``name`` is not what the expression gives it.

    Percent signs are doubled. Of a column that is not there PostgreSQL says so.
    """
    if column is None:
        return f"{name} IS DISTINCT FROM ({sql})"
    value = f"({sql})::{keys.escaped(column.type)}"
    if column.image == "btequalimage":
        return f"{name} IS DISTINCT FROM {value}"
    if column.image == "btvarstrequalimage":
        return f'{name} IS DISTINCT FROM {value} COLLATE pg_catalog."C"'
    return f"ROW({name})::record OPERATOR(pg_catalog.*<>) ROW({value})::record"
