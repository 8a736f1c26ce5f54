"""The names of indexes and constraints pass from an old column to the new one, and back.

Later migrations look for them by the names that Django gave them.
"""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_deploy.schema import catalogue, ddl
from zdt_deploy.schema.twins import Twin, targets


def taking_over(
    editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin], *, restored: bool
) -> list[str]:
    """What gives the twins their names, in the transaction that drops the old column.

    A twin whose elder was taken out of the models meanwhile goes, too; not so where the old column
    is gone already, and the elder with it, or was ``restored`` and waits for its values.
    """
    connection = editor.connection
    indexes = catalogue.indexes(connection, table)
    constraints = catalogue.constraints(connection, table)
    found = []
    for twin in twins:
        there = indexes if twin.kind == "index" else constraints
        is_old_gone = twin.old not in catalogue.columns(connection, table)
        waits = restored and twin.waits_for_values
        if twin.twin in there and (twin.name in there or is_old_gone or waits):
            found.append(_rename(editor, table, twin, twin.twin, twin.final))
        elif twin.twin in there:
            found.append(_drop(editor, table, twin, twin.twin))
    return found


def giving_back(editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin]) -> list[str]:
    """What gives them names of zdt again, before the old column gets its own back."""
    indexes = catalogue.indexes(editor.connection, table)
    constraints = catalogue.constraints(editor.connection, table)
    return [
        _rename(editor, table, twin, twin.final, twin.twin)
        for twin in twins
        if twin.final in (there := indexes if twin.kind == "index" else constraints)
        and twin.twin not in there
    ]


def step_aside(
    editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin], *, old: str, new: str
) -> None:
    """Free the names of those on the column ``old`` that are on ``new`` by now: a migration that
    took one out of the models after the switch was taken back, and made it again there."""
    connection = editor.connection

    def present() -> list[str]:
        aside = _on(editor, table, new) - _on(editor, table, old)
        there = {**catalogue.indexes(connection, table), **catalogue.constraints(connection, table)}
        return [
            _drop(editor, table, twin, twin.name)
            if twin.twin in there
            else _rename(editor, table, twin, twin.name, twin.twin)
            for twin in twins
            if twin.name in aside
        ]

    if present():
        ddl.short(
            editor, present, tables=[table, *targets(editor, table, twins)],
            what=f"Renaming what is on {new} of {table}",
        )  # fmt: skip


def _on(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> set[str]:
    """The names of the indexes and constraints that read the column."""
    found = catalogue.indexes_and_constraints(editor.connection, table, [column])
    return {each.name.rpartition(".")[2] for each in found}


def _rename(
    editor: BaseDatabaseSchemaEditor, table: str, twin: Twin, was: str, now: str
) -> str:  # fmt: skip
    if twin.kind == "index":
        return f"ALTER INDEX {_path(editor, table, was)} RENAME TO {catalogue.quoted_name(now)}"
    return (
        f"ALTER TABLE {catalogue.quoted(table)} RENAME CONSTRAINT {catalogue.quoted_name(was)}"
        f" TO {catalogue.quoted_name(now)}"
    )


def _drop(editor: BaseDatabaseSchemaEditor, table: str, twin: Twin, name: str) -> str:
    if twin.kind == "index":
        return f"DROP INDEX {_path(editor, table, name)}"
    return f"ALTER TABLE {catalogue.quoted(table)} DROP CONSTRAINT {catalogue.quoted_name(name)}"


def _path(editor: BaseDatabaseSchemaEditor, table: str, name: str) -> str:
    schema = (catalogue.full_name(editor.connection, table) or ".").partition(".")[0]
    return f"{catalogue.quoted_name(schema)}.{catalogue.quoted_name(name)}"
