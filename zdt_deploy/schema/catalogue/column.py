"""The columns of a table."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.catalogue.reading import rows
from zdt_deploy.schema.catalogue.table import quoted


@dataclass(frozen=True, slots=True)
class Column:
    """``default`` and ``generated`` hold SQL or are empty; ``identity`` is '', 'a' or 'd'.

    PostgreSQL 18 calls a column not null while its rows haven't been looked at yet:
    ``validated_not_null`` says that they have.
    """

    name: str
    type: str
    nullable: bool
    default: str
    generated: str
    identity: str
    validated_not_null: bool


def columns(connection: BaseDatabaseWrapper, table: str) -> dict[str, Column]:
    """The table's columns by name, in their order."""
    found = rows(
        connection,
        """SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
                  CASE WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '')
                       ELSE '' END,
                  CASE WHEN a.attgenerated <> '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '')
                       ELSE '' END,
                  a.attidentity,
                  a.attnotnull AND NOT EXISTS (
                      SELECT 1 FROM pg_constraint n WHERE n.conrelid = a.attrelid
                      AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum] AND NOT n.convalidated)
           FROM pg_attribute a
           LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
           ORDER BY a.attnum""",
        [quoted(table)],
    )
    return {row[0]: Column(*row) for row in found}
