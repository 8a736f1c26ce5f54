"""The constraints of a table."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.catalogue.reading import rows
from zdt_deploy.schema.catalogue.table import quoted


@dataclass(frozen=True, slots=True)
class Constraint:
    """``type`` is PostgreSQL's letter: c check, u unique, p primary key, f foreign key, x
    exclusion, n not null (18)."""

    name: str
    type: str
    definition: str
    validated: bool
    columns: tuple[str, ...]
    references: str
    referenced: tuple[str, ...]


def constraints(connection: BaseDatabaseWrapper, table: str) -> dict[str, Constraint]:
    """The table's constraints by name."""
    found = rows(
        connection,
        """SELECT c.conname, c.contype, pg_get_constraintdef(c.oid), c.convalidated,
                  ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, i)
                        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n
                        ORDER BY k.i),
                  coalesce((SELECT n.nspname || '.' || r.relname FROM pg_class r
                            JOIN pg_namespace n ON n.oid = r.relnamespace
                            WHERE r.oid = c.confrelid), ''),
                  ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(n, i)
                        JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n
                        ORDER BY k.i)
           FROM pg_constraint c WHERE c.conrelid = to_regclass(%s) ORDER BY c.conname""",
        [quoted(table)],
    )
    return {
        name: Constraint(name, kind, text, valid, tuple(own), references, tuple(other))
        for name, kind, text, valid, own, references, other in found
    }
