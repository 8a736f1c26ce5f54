"""Adds a column with all that belongs to it, and takes it away again, in short steps."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from django.db import ProgrammingError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import Field, Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, changes, constraining, ddl, indexing, rehearsal
from zdt_deploy.schema.catalogue import Dependent


def add_column(editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any) -> None:
    """The column of ``field``; then, each for itself, its index, uniqueness, check and foreign
    key. Refused("default_volatile") where PostgreSQL would write the whole table anew."""
    table = model._meta.db_table
    definition = column_sql(editor, model, field)
    add = f"ADD COLUMN {catalogue.quoted_name(field.column)} {definition}"
    if editor.collect_sql or not _is_there(editor, table, field):
        if not editor.collect_sql and _rewrites(editor, table, field, add):
            raise Refused(
                "default_volatile", table=table, column=field.column, definition=definition
            )
        statements = [f"ALTER TABLE {catalogue.quoted(table)} {add}"]
        statements += _comment(editor, table, field)
        ddl.short(
            editor,
            lambda: [] if _was_added(editor, table, field.column) else statements,
            tables=[table], what=f"Adding the column {field.column} to {table}",
        )  # fmt: skip
    belongings(editor, model, field)


def drop_column(
    editor: BaseDatabaseSchemaEditor, table: str, column: str, *, what: str = ""
) -> None:
    """Drop the column, its foreign keys first; never CASCADE.

    Refused("column_has_dependents") lists what else would go, or keeps PostgreSQL from it.
    """
    connection = editor.connection
    if not editor.collect_sql:
        if column not in catalogue.columns(connection, table):
            return
        require_no_dependents(editor, table, column)
        for name in constraining.foreign_keys_of(editor, table, column):
            target = catalogue.constraints(connection, table)[name].references
            constraining.drop(editor, table, name, others=[target])
    ddl.short(
        editor,
        [f"ALTER TABLE {catalogue.quoted(table)} "
         f"DROP COLUMN IF EXISTS {catalogue.quoted_name(column)}"],
        tables=[table], what=what or f"Dropping the column {column} of {table}",
    )  # fmt: skip


def require_no_dependents(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> None:
    blocking = [str(found) for found in blocking_of(editor, table, [column])]
    if blocking:
        raise Refused(
            "column_has_dependents", table=table, column=column, dependents="; ".join(blocking)
        )


def blocking_of(
    editor: BaseDatabaseSchemaEditor, table: str, columns: Sequence[str] | None
) -> list[Dependent]:
    """What keeps the columns, or the whole table, from going."""
    return catalogue.blocking(editor.connection, table, columns)


def column_sql(editor: Any, model: type[Model], field: Any, *, nullable: bool = False) -> str:
    """Type, NULL and default of the column: what is done at once with the column itself.

    ``nullable`` says that it may be NULL whatever the field says.
    """
    bare = copy.copy(field)
    bare._unique = False
    bare.null = bare.null or nullable
    sql, params = editor.column_sql(model, bare, include_default=False)
    if field.has_db_default() and " DEFAULT " not in sql:
        raise Refused("default_missing", model=model._meta.label, field=field.name)
    suffix = field.db_type_suffix(connection=editor.connection)
    sql = f"{sql} {suffix}" if suffix else sql
    return str(editor.connection.ops.compose_sql(sql, params)) if params else str(sql)


def belongings(editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any) -> None:
    """The index, uniqueness, check and foreign key of a column that is there."""
    table = model._meta.db_table
    for statement in editor._field_indexes_sql(model, field):  # type: ignore[attr-defined]
        indexing.build(editor, table, indexing.wanted(statement))
    if field.unique and not _is_unique(editor, table, field.column):
        statement = editor._create_unique_sql(model, [field])  # type: ignore[attr-defined]
        index = indexing.wanted(statement, editor.sql_create_unique_index)
        constraining.unique(editor, table, index)
    check = field.db_parameters(connection=editor.connection).get("check")
    if check:
        name = f"{table.rpartition('.')[2]}_{field.column}"[:57] + "_check"
        constraining.check(editor, table, name, check)
    if field.remote_field is not None and getattr(field, "db_constraint", False):
        target = field.target_field
        constraining.foreign_key(
            editor, table, foreign_key_statement(editor, model, field),
            columns=[field.column], target=target.model._meta.db_table,
            target_columns=[target.column],
        )  # fmt: skip


def foreign_key_statement(editor: Any, model: type[Model], field: Any) -> Statement:
    """What Django would add, under the name that Django gives it."""
    statement: Statement = editor._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s")
    return statement


def _is_unique(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> bool:
    """Whether the column has a UNIQUE constraint of its own, whatever its name."""
    if editor.collect_sql:
        return False
    found = catalogue.constraints(editor.connection, table).values()
    return any(there.type == "u" and there.columns == (column,) for there in found)


def _is_there(editor: BaseDatabaseSchemaEditor, table: str, field: Field[Any, Any]) -> bool:
    """Whether the column is there already, and of the type that is wanted."""
    connection = editor.connection
    there = catalogue.columns(connection, table).get(str(field.column))
    if there is None:
        return False
    if changes.tables_exist():  # one that is retired still waits for its drop
        key = f"{table}.{field.column}"
        changes.require_room(connection, key=key, table=table, columns=[str(field.column)])
    with connection.cursor() as cursor:
        wanted = field.db_type(connection)
        cursor.execute("SELECT format_type(to_regtype(%s), NULL)", [wanted])
        known = cursor.fetchone()[0]
    if known is not None and not there.type.startswith(known):
        raise Refused(
            "column_differs", table=table, column=field.column, there=there.type, wanted=wanted
        )
    if field.has_db_default() and not there.default:
        raise Refused("column_without_default", table=table, column=field.column)
    return True


def _rewrites(editor: BaseDatabaseSchemaEditor, table: str, field: Any, add: str) -> bool:
    try:
        return rehearsal.rewrites(editor, table, add)
    except ProgrammingError:
        if _was_added(editor, table, field.column):
            return False
        raise


def _was_added(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> bool:
    """Whether somebody else has added the column since it was looked for."""
    return not editor.collect_sql and column in catalogue.columns(editor.connection, table)


def _comment(editor: Any, table: str, field: Any) -> list[str]:
    if not field.db_comment:
        return []
    sql = f"COMMENT ON COLUMN {catalogue.quoted(table)}.{catalogue.quoted_name(field.column)} IS %s"
    return [str(editor.connection.ops.compose_sql(sql, [field.db_comment]))]
