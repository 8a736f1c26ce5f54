"""The indexes of a table."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.catalogue.reading import rows
from zdt_deploy.schema.catalogue.table import quoted


@dataclass(frozen=True, slots=True)
class Index:
    """``constraint`` names the constraint that it belongs to, or is empty; ``attached`` says that
    it is part of a partitioned table's index.

    ``shape`` is the definition without the names of index and table. An index of a partitioned
    table is valid once each partition has its own.
    """

    name: str
    definition: str
    unique: bool
    valid: bool
    ready: bool
    constraint: str
    partitioned: bool
    attached: bool

    @property
    def shape(self) -> str:
        return ("unique " if self.unique else "") + self.definition.partition(" USING ")[2]


def indexes(connection: BaseDatabaseWrapper, table: str) -> dict[str, Index]:
    """The table's indexes by name, invalid ones included."""
    found = rows(
        connection,
        """SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisunique, i.indisvalid,
                  i.indisready, coalesce(k.conname, ''), c.relkind = 'I',
                  c.relispartition
           FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
           LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
           WHERE i.indrelid = to_regclass(%s) ORDER BY c.relname""",
        [quoted(table)],
    )
    return {row[0]: Index(*row) for row in found}
