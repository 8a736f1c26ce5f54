"""The triggers of a table."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.catalogue.reading import rows
from zdt_deploy.schema.catalogue.table import quoted


@dataclass(frozen=True, slots=True)
class Trigger:
    """``enabled`` is PostgreSQL's letter: O origin, A always, R replica, D disabled."""

    name: str
    enabled: str
    definition: str
    function: str
    source: str


def triggers(connection: BaseDatabaseWrapper, table: str) -> dict[str, Trigger]:
    """The table's triggers by name, without those that PostgreSQL makes for foreign keys."""
    found = rows(
        connection,
        """SELECT t.tgname, t.tgenabled, pg_get_triggerdef(t.oid),
                  n.nspname || '.' || p.proname, p.prosrc
           FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
           JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE t.tgrelid = to_regclass(%s) AND NOT t.tgisinternal ORDER BY t.tgname""",
        [quoted(table)],
    )
    return {row[0]: Trigger(*row) for row in found}
