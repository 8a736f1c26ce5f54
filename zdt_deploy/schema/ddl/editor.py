"""The schema editor of steps without a migration, and what each editor must be for ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core.exceptions import Refused


def Editor(
    connection: BaseDatabaseWrapper,
    patience: float | None = None,
    guard: Callable[[], None] | None = None,
) -> BaseDatabaseSchemaEditor:
    """A schema editor for steps that are done without a migration.

    ``patience`` are the seconds for which `short` tries to get its locks, where it isn't told.
    ``guard`` is called at each of its tries, inside the transaction and before the first
    statement; what it raises ends the step, and nothing is changed.
    """
    editor: Any = connection.SchemaEditorClass(connection, collect_sql=False, atomic=False)
    editor.deferred_sql, editor.zdt_patience, editor.zdt_guard = [], patience, guard
    return editor


def require_no_transaction(editor: BaseDatabaseSchemaEditor, what: str) -> None:
    """Refuse in an open transaction: its locks would be held to the end of the migration."""
    if not editor.collect_sql and editor.connection.in_atomic_block:
        raise Refused("migration_is_atomic", what=what)
