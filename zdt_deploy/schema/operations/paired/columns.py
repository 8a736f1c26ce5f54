"""The columns of both sides as the database has them, or will have them, and the spec of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, rehearsal, twins
from zdt_deploy.schema.operations.base import require_name
from zdt_deploy.schema.pairs import Column, Pair

_TRIED = "zdt tried"


def spec_of(
    editor: BaseDatabaseSchemaEditor,
    pair: Pair,
    *,
    found: Sequence[twins.Twin] = (),
    own: Iterable[str] = (),
    defaults: dict[str, str] | None = None,
    collations: dict[str, str] | None = None,
    comments: dict[str, str] | None = None,
    lossy: bool = False,
) -> dict[str, Any]:
    """What `swapping` needs, with the old columns' own defaults, sequences and collations.

    ``found`` are the twins of their indexes and constraints, ``own`` those that need none.
    """
    for column in pair.new:
        require_name(column.name, ", ".join(was.name for was in pair.old))
    old = {} if editor.collect_sql else catalogue.columns(editor.connection, pair.table)
    held = {c.name: old[c.name].default for c in pair.old if c.name in old and old[c.name].default}
    collated = _collations(editor, pair)
    renamed = pair.same_types
    new_collations = collations or (
        {pair.new[0].name: collated[pair.old[0].name]} if renamed and collated else {}
    )
    taken = {pair.new[0].name: next(iter(held.values()))} if renamed and held else {}
    sequences = _sequences(editor, pair) if renamed else []
    return {
        "pair": pair.to_json(),
        "add": {c.name: f"{c.type}{new_collations.get(c.name, '')}" for c in pair.new},
        "back": {c.name: f"{c.type}{collated.get(c.name, '')}" for c in pair.old},
        "defaults": taken if defaults is None else defaults,
        "old_defaults": held,
        "comments": comments or {},
        "sequences": sequences,
        "twins": [twin.to_json() for twin in found],
        "own": sorted(own),
        "lossy": lossy,
    }


def column_of(editor: BaseDatabaseSchemaEditor, table: str, field: Any) -> Column:
    """The column as the database has it; for `sqlmigrate`, as the model says."""
    there = {} if editor.collect_sql else catalogue.columns(editor.connection, table)
    if field.column in there:
        found = there[field.column]
        return Column(field.column, found.type, found.nullable)
    if not editor.collect_sql:
        raise Refused(
            "column_missing", table=table, column=field.column, alias=editor.connection.alias,
            known=", ".join(there),
        )  # fmt: skip
    return Column(field.column, str(field.db_type(editor.connection)), field.null)


def new_column(editor: BaseDatabaseSchemaEditor, table: str, field: Any) -> Column:
    """The column that a new ``field`` will have, with its type as PostgreSQL writes it."""
    type_ = str(field.db_type(editor.connection))
    if not editor.collect_sql:
        with rehearsal.stage(editor, table) as double:
            name = catalogue.quoted_name(_TRIED)
            editor.execute(
                f"ALTER TABLE {catalogue.quoted(double)} ADD COLUMN {name} {type_}", params=None
            )
            type_ = catalogue.columns(editor.connection, double)[_TRIED].type
    return Column(field.column, type_, field.null)


def collation_of(editor: BaseDatabaseSchemaEditor, field: Any) -> str:
    name = field.db_parameters(connection=editor.connection).get("collation")
    return f" COLLATE {catalogue.quoted_name(name)}" if name else ""


def default_of(editor: Any, model: type[Model], field: Any) -> str | None:
    """The SQL of the field's default in the database; None where it has none."""
    if not field.has_db_default():
        return None
    sql, params = editor.db_default_sql(field)
    return str(editor.connection.ops.compose_sql(sql, params)) if params else str(sql)


def comments_of(editor: Any, fields: Sequence[Any]) -> dict[str, str]:
    """The comments on the columns of ``fields``, as SQL."""
    return {
        field.column: str(editor.connection.ops.compose_sql("%s", [field.db_comment]))
        for field in fields
        if field.db_comment
    }


def require_own_column(model: type[Model], field: Any) -> None:
    """Refuse what zdt can't double: primary keys, serial and generated columns."""
    if field.primary_key or getattr(field, "generated", False) or _is_serial(field):
        raise Refused(
            "column_not_doubled", table=model._meta.db_table, column=field.column,
            what="primary key" if field.primary_key else type(field).__name__,
        )  # fmt: skip


def _is_serial(field: Any) -> bool:
    return "AutoField" in field.get_internal_type()


def _collations(editor: BaseDatabaseSchemaEditor, pair: Pair) -> dict[str, str]:
    if editor.collect_sql:
        return {}
    with editor.connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.attname, n.nspname, c.collname FROM pg_attribute a
               JOIN pg_type t ON t.oid = a.atttypid JOIN pg_collation c ON c.oid = a.attcollation
               JOIN pg_namespace n ON n.oid = c.collnamespace
               WHERE a.attrelid = to_regclass(%s) AND a.attcollation <> t.typcollation
               AND a.attname = ANY(%s)""",
            [catalogue.quoted(pair.table), [column.name for column in pair.old]],
        )
        return {
            name: f" COLLATE {catalogue.quoted(f'{schema}.{collation}')}"
            for name, schema, collation in cursor.fetchall()
        }


def _sequences(editor: BaseDatabaseSchemaEditor, pair: Pair) -> list[list[str]]:
    if editor.collect_sql:
        return []
    with editor.connection.cursor() as cursor:
        cursor.execute(
            """SELECT d.objid::regclass::text FROM pg_depend d
               JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
               JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
               WHERE d.refobjid = to_regclass(%s) AND a.attname = %s AND d.deptype = 'a'""",
            [catalogue.quoted(pair.table), pair.old[0].name],
        )
        return [[name, pair.old[0].name, pair.new[0].name] for (name,) in cursor.fetchall()]
