"""What on a table would keep a sync trigger from doing its work, or later keep a column from going.

Refused before anything is changed; what only concerns the contract is told.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, constraining, ddl, syncing, triggers
from zdt_deploy.schema.pairs import Pair


def require_harmless(
    editor: BaseDatabaseSchemaEditor, pair: Pair, acknowledged: Collection[str] = ()
) -> None:
    """Raise Refused where the site's own triggers or rules change what the pair is about.

    ``acknowledged`` names those that somebody has looked at, and that do as well with both columns.
    """
    meddling = sorted(set(_meddling(editor, pair)) - set(acknowledged))
    if meddling:
        raise Refused(
            "trigger_meddles", table=pair.table, triggers=", ".join(meddling),
            columns=", ".join(column.name for column in pair.old),
        )  # fmt: skip
    behind = triggers.behind(editor.connection, pair)
    if behind:
        raise Refused(
            "trigger_sorts_behind", table=pair.table, triggers=", ".join(behind), ours=pair.trigger
        )
    require_no_defaults(editor.connection, pair)


def require_no_defaults(connection: BaseDatabaseWrapper, pair: Pair) -> None:
    """Raise Refused where a new column has a default, which wins over what old code inserts."""
    there = catalogue.columns(connection, pair.table)
    for column in pair.new:
        if column.name in there and there[column.name].default:
            raise Refused(
                "new_column_default", table=pair.table, column=column.name,
                default=there[column.name].default,
            )  # fmt: skip


def require_new_columns(editor: BaseDatabaseSchemaEditor, pair: Pair, *, recorded: bool) -> None:
    """Raise Refused where a new column was there before the change, and is somebody else's.

    Ours have their trigger from the moment they are there, or the change is on record.
    """
    there = catalogue.columns(editor.connection, pair.table)
    taken = [column for column in pair.new if column.name in there]
    for column in taken:
        if there[column.name].type != column.type:
            raise Refused(
                "column_differs", table=pair.table, column=column.name, wanted=column.type,
                there=there[column.name].type,
            )  # fmt: skip
    if taken and not recorded and triggers.state(editor.connection, pair).code == triggers.MISSING:
        names = ", ".join(column.name for column in taken)
        raise Refused("column_not_ours", table=pair.table, column=names)


def tell_of_contract(
    editor: BaseDatabaseSchemaEditor, pair: Pair, names: Collection[str] = ()
) -> None:
    """Say now what will keep the old columns from going; ``names`` are those that get a twin."""
    held = holding(editor, pair, [column.name for column in pair.old], names)
    if held:
        ddl.tell(
            "column_will_not_go", table=pair.table, dependents="; ".join(held),
            column=", ".join(column.name for column in pair.old),
        )  # fmt: skip


def holding(
    editor: BaseDatabaseSchemaEditor, pair: Pair, columns: list[str], names: Collection[str] = ()
) -> list[str]:
    """What hangs on the ``columns`` and doesn't go with them: neither ours nor one of ``names``."""
    ours = {*syncing.triggers(pair), *names, *_of_partitions(editor, pair.table)}
    return [
        str(found)
        for found in catalogue.blocking(editor.connection, pair.table, columns)
        if found.name.rpartition(".")[2].strip('"') not in ours
        and f"{pair.function}(" not in found.name
    ]


def undoubled(
    editor: BaseDatabaseSchemaEditor, pair: Pair, names: Collection[str] = ()
) -> list[str]:
    """What holds for the old columns and not for the new ones: indexes and constraints, but for
    those of ``names``, and NOT NULL."""
    connection, old = editor.connection, [column.name for column in pair.old]
    there = catalogue.columns(connection, pair.table)
    left = {column for column in old if column in there}
    if not left:
        return []
    invalid = {n for n, i in catalogue.indexes(connection, pair.table).items() if not i.valid}
    ours = {*names, *invalid, *_of_partitions(editor, pair.table)}
    ours |= {constraining.not_null_helper(column) for column in old}
    found = [
        str(found)
        for found in catalogue.indexes_and_constraints(connection, pair.table, old)
        if found.kind != "foreign key of another table"
        and found.name.rpartition(".")[2].strip('"') not in ours
    ]
    strict = [name for name in left if not there[name].nullable]
    if all(there[c.name].nullable for c in pair.new if c.name in there):
        found += [f"NOT NULL of {name}" for name in sorted(strict)]
    return found


def _of_partitions(editor: BaseDatabaseSchemaEditor, table: str) -> set[str]:
    """The indexes of partitions that belong to one of the whole table, and go with it."""
    found: set[str] = set()
    for partition in catalogue.partitions(editor.connection, table):
        indexes = catalogue.indexes(editor.connection, partition)
        found |= {name for name, index in indexes.items() if index.attached}
        found |= _of_partitions(editor, partition)
    return found


def _meddling(editor: BaseDatabaseSchemaEditor, pair: Pair) -> list[str]:
    """The BEFORE triggers of rows, and rules, that mention a column of the pair."""
    names = [column.name for column in (*pair.old, *pair.new)]
    connection = editor.connection
    named = catalogue.naming(connection, names)
    own = [
        name
        for name, trigger in catalogue.triggers(connection, pair.table).items()
        if name not in syncing.triggers(pair)
        and " BEFORE " in trigger.definition
        and (" INSERT" in trigger.definition or " UPDATE" in trigger.definition)
        and named.search(f"{trigger.definition} {trigger.source}")
    ]
    rules = [
        found.name
        for found in catalogue.dependents(connection, pair.table, names)
        if found.kind == "rule"
    ]
    return own + rules
