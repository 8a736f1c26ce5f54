"""Adds constraints in steps that never keep the site waiting for a scan, and takes them away.

Each function reads what is there, and does only what is missing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db import ProgrammingError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, ddl, indexing, rehearsal, validating
from zdt_deploy.schema.catalogue import Constraint
from zdt_deploy.schema.indexing import LONGEST_NAME, Wanted, name_in
from zdt_deploy.schema.validating import validate

NOT_VALID, NULLS = " NOT VALID", " NULLS NOT DISTINCT"


def check(
    editor: BaseDatabaseSchemaEditor, table: str, name: str, condition: str, *, ours: bool = False
) -> None:
    """A CHECK constraint: new rows are held to it at once, the others are looked at without a
    strong lock. Where rows violate it, it goes again; not so one that was there before, unless it
    is ``ours`` by its name."""
    add = f"ADD CONSTRAINT {catalogue.quoted_name(name)} CHECK ({condition})"
    there = _there(editor, table, name)
    if there is None:
        ours |= _add(editor, table, name, f"{_alter(table)} {add}{NOT_VALID}")
    else:
        _require_same(editor, table, there, f"CHECK ({condition})")
    if there is None or not there.validated:
        validate(editor, table, name, ours=ours)


def set_not_null(editor: BaseDatabaseSchemaEditor, table: str, *columns: str) -> None:
    """NOT NULL by way of validated CHECKs, which spare SET NOT NULL its scan under the lock. Where
    one of the ``columns`` can't be, none of them is."""
    finish: list[str] = []
    proven: list[str] = []
    try:
        for column in columns:
            helper, quoted = not_null_helper(column), catalogue.quoted_name(column)
            drop = f"{_alter(table)} DROP CONSTRAINT IF EXISTS {catalogue.quoted_name(helper)}"
            if _is_not_null(editor, table, column):
                finish += [drop] if _there(editor, table, helper) else []
                continue
            _prove_not_null(editor, table, column, helper)
            proven.append(helper)
            finish += [f"{_alter(table)} ALTER COLUMN {quoted} SET NOT NULL", drop]
    except Refused:
        for name in proven:
            validating.take_back(editor, table, name)
        raise
    if finish:
        what = f"Making {', '.join(columns)} of {table} NOT NULL"
        ddl.short(editor, finish, tables=[table], what=what)


def not_null_helper(column: str) -> str:
    """The name of the CHECK that proves it, and goes as soon as it is NOT NULL."""
    name = f"zdt_{column}_not_null"
    if len(name.encode()) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(column.encode()).hexdigest()[:8]
    return f"zdt_{column}".encode()[:45].decode(errors="ignore") + f"_{mark}_not_null"


def drop_not_null(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> None:
    if not editor.collect_sql and catalogue.columns(editor.connection, table)[column].nullable:
        return
    ddl.short(
        editor,
        [
            f"ALTER TABLE {catalogue.quoted(table)} "
            f"ALTER COLUMN {catalogue.quoted_name(column)} DROP NOT NULL"
        ],
        tables=[table],
        what=f"Letting {column} of {table} be NULL",
    )


def unique(
    editor: BaseDatabaseSchemaEditor, table: str, index: Wanted, *, deferrable: str = ""
) -> None:
    """A UNIQUE constraint, whose index is built CONCURRENTLY first. ``deferrable`` is SQL."""
    name = catalogue.quoted_name(index.name)
    add = f"ADD CONSTRAINT {name} UNIQUE USING INDEX {name}{deferrable}"
    if not editor.collect_sql and catalogue.is_partitioned(editor.connection, table):
        _unique_partitioned(editor, table, index, deferrable)
        return
    there = _there(editor, table, index.name)
    if there is not None:
        _require_same(editor, table, there, _unique_sql(index, deferrable))
        return
    indexing.build(editor, table, index)
    ddl.short(
        editor, _once(editor, table, index.name, f"{_alter(table)} {add}"),
        tables=[table], what=f"Adding the constraint {index.name} to {table}",
    )  # fmt: skip


def foreign_key(
    editor: BaseDatabaseSchemaEditor,
    table: str,
    statement: Statement,
    *,
    columns: Sequence[str],
    target: str,
    target_columns: Sequence[str],
) -> None:
    """A foreign key: new rows are held to it at once, the others are looked at afterwards.

    One with the same columns on both sides and the same ON DELETE counts, whatever its name.
    """
    connection = editor.connection
    name = str(statement.parts["name"]).strip('"')
    if not editor.collect_sql:
        action = _on_delete(_for(statement, table))
        there = _foreign_key(editor, table, columns, target, target_columns, action)
        if there is not None:
            if not there.validated:
                validate(editor, table, there.name)
            return
        if name in catalogue.constraints(connection, table):
            found = catalogue.constraints(connection, table)[name]
            raise Refused(
                "constraint_differs", name=name, table=table, there=found.definition,
                wanted=_for(statement, table),
            )  # fmt: skip
        if catalogue.is_partitioned(connection, table) and connection.pg_version < 180000:  # type: ignore[attr-defined]
            _foreign_key_per_partition(editor, table, statement, columns, target, target_columns)
            return
    ours = _add(editor, table, name, _for(statement, table) + NOT_VALID, others=[target])
    validate(editor, table, name, ours=ours, others=[target])


def drop(
    editor: BaseDatabaseSchemaEditor, table: str, name: str, *, others: Sequence[str] = ()
) -> None:
    """Drop the constraint; ``others`` are tables that are locked with it, as by a foreign key."""
    if not editor.collect_sql and _there(editor, table, name) is None:
        return
    ddl.short(
        editor,
        [
            f"ALTER TABLE {catalogue.quoted(table)} "
            f"DROP CONSTRAINT IF EXISTS {catalogue.quoted_name(name)}"
        ],
        tables=[table, *others],
        what=f"Dropping the constraint {name} of {table}",
    )


def foreign_keys_of(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> list[str]:
    """The names of the foreign keys that ``column`` alone has."""
    found = catalogue.constraints(editor.connection, table).values()
    return [key.name for key in found if key.type == "f" and key.columns == (column,)]


def _once(
    editor: BaseDatabaseSchemaEditor, table: str, name: str, statement: str
) -> Callable[[], list[str]]:
    """The ``statement``, unless somebody else has added the constraint by the time it is run."""
    return lambda: [] if _there(editor, table, name) else [statement]


def _add(
    editor: BaseDatabaseSchemaEditor,
    table: str,
    name: str,
    statement: str,
    *,
    others: Sequence[str] = (),
) -> bool:
    """Add the constraint. False where somebody else has done so by the time it is run."""
    added = False

    def missing() -> list[str]:
        nonlocal added
        added = _there(editor, table, name) is None
        return [statement] if added else []

    ddl.short(
        editor, missing, tables=[table, *others], what=f"Adding the constraint {name} to {table}"
    )
    return added


def _is_not_null(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> bool:
    """Whether it is, and proven to be: a NOT NULL that was never validated is validated first."""
    if editor.collect_sql:
        return False
    there = catalogue.columns(editor.connection, table)[column]
    if not there.nullable and not there.validated_not_null:
        for name in _unread_not_nulls(editor, table, column):
            validate(editor, table, name)
        there = catalogue.columns(editor.connection, table)[column]
    return there.validated_not_null


def _prove_not_null(editor: BaseDatabaseSchemaEditor, table: str, column: str, helper: str) -> None:
    try:
        check(editor, table, helper, f"{catalogue.quoted_name(column)} IS NOT NULL", ours=True)
    except ProgrammingError:  # somebody else may be at it, and further
        if not catalogue.columns(editor.connection, table)[column].validated_not_null:
            raise


def _alter(table: str) -> str:
    return f"ALTER TABLE {catalogue.quoted(table)}"


def _there(editor: BaseDatabaseSchemaEditor, table: str, name: str) -> Constraint | None:
    if editor.collect_sql:
        return None
    return catalogue.constraints(editor.connection, table).get(name)


def _require_same(
    editor: BaseDatabaseSchemaEditor, table: str, there: Constraint, definition: str
) -> None:
    """Raise Refused unless the constraint that is there says what ``definition`` does."""
    with rehearsal.stage(editor, table) as double:
        editor.execute(
            f"ALTER TABLE {catalogue.quoted(double)} ADD CONSTRAINT zdt_rehearsed {definition}",
            params=None,
        )
        made = catalogue.constraints(editor.connection, double)["zdt_rehearsed"].definition
    if made != there.definition.removesuffix(NOT_VALID):
        raise Refused(
            "constraint_differs", name=there.name, table=table, there=there.definition, wanted=made
        )


def _unique_sql(index: Wanted, deferrable: str) -> str:
    """The constraint as it would be written without an index; a word changes its place."""
    columns = index.rest.strip()
    nulls = columns.endswith(NULLS)
    return f"UNIQUE{NULLS if nulls else ''} {columns.removesuffix(NULLS)}{deferrable}"


def _unique_partitioned(
    editor: BaseDatabaseSchemaEditor, table: str, index: Wanted, deferrable: str
) -> None:
    connection, name = editor.connection, catalogue.quoted_name(index.name)
    definition = _unique_sql(index, deferrable)
    there = _there(editor, table, index.name)
    if there is not None:
        _require_same(editor, table, there, definition)
    else:
        ddl.short(
            editor,
            _once(
                editor, table, index.name,
                f"ALTER TABLE ONLY {catalogue.quoted(table)} ADD CONSTRAINT {name} {definition}",
            ),
            tables=[table], what=f"Adding the constraint {index.name} to {table} alone",
        )  # fmt: skip
    if catalogue.indexes(connection, table)[index.name].valid:
        return
    schema = (catalogue.full_name(connection, table) or ".").partition(".")[0]
    parent = f"{catalogue.quoted_name(schema)}.{name}"
    attached = set(catalogue.partitions(connection, parent))
    for partition in catalogue.partitions(connection, table):
        home = partition.partition(".")[0]
        if any(f"{home}.{n}" in attached for n in catalogue.indexes(connection, partition)):
            continue
        own = Wanted(name_in(partition, index.name), index.rest, unique=True)
        unique(editor, partition, own, deferrable=deferrable)
        ddl.short(
            editor,
            [f"ALTER INDEX {parent} ATTACH PARTITION {catalogue.quoted(f'{home}.{own.name}')}"],
            tables=[table, partition],
            what=f"Attaching the constraint {own.name} of {partition}",
        )


def _foreign_key_per_partition(
    editor: BaseDatabaseSchemaEditor,
    table: str,
    statement: Statement,
    columns: Sequence[str],
    target: str,
    target_columns: Sequence[str],
) -> None:
    """Before PostgreSQL 18 a partitioned table takes none that is NOT VALID; it takes over those
    of its partitions without looking at their rows again."""
    for partition in catalogue.partitions(editor.connection, table):
        foreign_key(
            editor, partition, statement, columns=columns, target=target,
            target_columns=target_columns,
        )  # fmt: skip
    ddl.short(
        editor, [_for(statement, table)], tables=[table, target],
        what=f"Adding the foreign key to {table}",
    )  # fmt: skip


def _foreign_key(
    editor: BaseDatabaseSchemaEditor,
    table: str,
    columns: Sequence[str],
    target: str,
    target_columns: Sequence[str],
    action: str,
) -> Constraint | None:
    full = catalogue.full_name(editor.connection, target)
    wanted = ("f", tuple(columns), full, tuple(target_columns))
    for there in catalogue.constraints(editor.connection, table).values():
        found = (there.type, there.columns, there.references, there.referenced)
        if found == wanted and _on_delete(there.definition) == action:
            return there
    return None


def _on_delete(definition: str) -> str:
    """What a foreign key does in the database when its target is deleted; empty for nothing."""
    found = re.search(r" ON DELETE (CASCADE|SET NULL|SET DEFAULT|RESTRICT)", definition)
    return found[1] if found else ""


def _for(statement: Statement, table: str) -> str:
    parts: dict[str, Any] = {**statement.parts, "table": catalogue.quoted(table)}
    return str(statement.template % parts)


def _unread_not_nulls(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> list[str]:
    found = catalogue.constraints(editor.connection, table).values()
    return [c.name for c in found if c.type == "n" and c.columns == (column,) and not c.validated]
