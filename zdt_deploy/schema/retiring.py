"""What lets code go on without a column or a table that is still there, and takes it away later.

Between the release that doesn't know it any more and the drop, both have to live: new code must be
able to insert rows without the column, and to delete rows that it still refers to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import NOT_PROVIDED, Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import adding, catalogue, constraining, ddl
from zdt_deploy.schema.catalogue import Constraint

SET_NULL, CASCADE = " ON DELETE SET NULL", " ON DELETE CASCADE"


def filler(editor: Any, field: Any, explicit: Any = NOT_PROVIDED) -> str | None:
    """SQL of the value that new rows get in the column; None where it becomes NULL."""
    value = explicit
    if value is NOT_PROVIDED:
        value = field.default
        if value is NOT_PROVIDED or callable(value) or field.unique or field.remote_field:
            return None
    if value is None:
        return None
    prepared = field.get_db_prep_save(value, editor.connection)
    return str(editor.connection.ops.compose_sql("%s", [prepared]))


def let_go_of_field(
    editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any, fill: str | None
) -> None:
    """Make the column one that INSERTs may leave out, and its foreign key one that gives way."""
    table, column = model._meta.db_table, field.column
    alter = f"ALTER TABLE {catalogue.quoted(table)} ALTER COLUMN {catalogue.quoted_name(column)}"
    keys = _foreign_keys(editor, model, field)

    def missing() -> list[str]:
        needed = _needs(editor, table, field)
        statements = []
        if needed and fill is not None and not keys:
            statements.append(f"{alter} SET DEFAULT {fill}")
        elif needed:
            statements.append(f"{alter} DROP NOT NULL")
        for key in _foreign_keys(editor, model, field):
            statements += _giving_way(editor, table, key, SET_NULL)
        return statements

    ddl.short(
        editor, missing, tables=[table, *(key.references for key in keys)],
        what=f"Letting INSERTs leave out {column} of {table}",
    )  # fmt: skip


def take_back_field(
    editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any, fill: str | None
) -> None:
    """Undo `let_go_of_field`. Refused("retired_rows_null") where rows were written without it."""
    table, column = model._meta.db_table, field.column
    if not editor.collect_sql and is_not_null(field):
        require_filled(editor, table, column)
    _stiffen(editor, model, field)
    adding.belongings(editor, model, field)
    if fill is not None and not field.has_db_default():
        ddl.short(
            editor,
            [f"ALTER TABLE {catalogue.quoted(table)} "
             f"ALTER COLUMN {catalogue.quoted_name(column)} DROP DEFAULT"],
            tables=[table], what=f"Taking the default off {column} of {table}",
        )  # fmt: skip
    if is_not_null(field):
        constraining.set_not_null(editor, table, column)


def is_not_null(field: Any) -> bool:
    """Whether the field's column is NOT NULL; Django doesn't say so of a generated one."""
    return not field.null and not field.generated


def require_filled(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> None:
    if catalogue.has_row(editor.connection, table, f"{catalogue.quoted_name(column)} IS NULL"):
        raise Refused("retired_rows_null", table=table, column=column)


def let_go_of_table(editor: BaseDatabaseSchemaEditor, model: type[Model]) -> None:
    """Let rows be deleted that the model's rows, and those of its many-to-many tables, refer to."""
    for owner, field, action in _keys_of_model(model):
        table = owner._meta.db_table
        keys = _foreign_keys(editor, owner, field)

        def missing(
            owner: type[Model] = owner, field: Any = field, action: str = action, table: str = table
        ) -> list[str]:
            statements = []
            if action == SET_NULL and _needs(editor, table, field):
                statements.append(
                    f"ALTER TABLE {catalogue.quoted(table)} "
                    f"ALTER COLUMN {catalogue.quoted_name(field.column)} DROP NOT NULL"
                )
            for key in _foreign_keys(editor, owner, field):
                statements += _giving_way(editor, table, key, action)
            return statements

        if keys:
            ddl.short(
                editor, missing, tables=[table, *(key.references for key in keys)],
                what=f"Letting rows be deleted that {field.column} of {table} refers to",
            )  # fmt: skip


def take_back_table(editor: BaseDatabaseSchemaEditor, model: type[Model]) -> None:
    """Undo `let_go_of_table`; a table that is gone is created anew, and empty."""
    if not editor.collect_sql:
        _create_missing(editor, model)
    for owner, field, action in _keys_of_model(model):
        table = owner._meta.db_table
        if action == SET_NULL and not field.null and not editor.collect_sql:
            require_filled(editor, table, field.column)
        _stiffen(editor, owner, field)
        adding.belongings(editor, owner, field)
        if action == SET_NULL and not field.null:
            constraining.set_not_null(editor, table, field.column)


def through_of(model: type[Model], name: str) -> type[Model] | None:
    """The model that Django made for the many-to-many field ``name``; None where it is no such."""
    for field in model._meta.local_many_to_many:
        through: Any = field.remote_field.through
        if field.name == name and through._meta.auto_created:
            return cast("type[Model]", through)
    return None


def tables_of(model: type[Model]) -> list[str]:
    """The model's own table, and before it those of its many-to-many fields."""
    return [*(through._meta.db_table for through in _throughs(model)), model._meta.db_table]


def drop_field(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """The physical contract of a retired field."""
    if editor.collect_sql or catalogue.table_exists(editor.connection, spec["table"]):
        adding.drop_column(editor, spec["table"], spec["column"])


def restore_field(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """The column again, without what was in it."""
    table, column = spec["table"], spec["column"]
    if column in catalogue.columns(editor.connection, table):
        return
    if not spec.get("definition"):
        raise Refused("drop_not_restorable", table=table, column=column)
    ddl.short(
        editor,
        [f"ALTER TABLE {catalogue.quoted(table)} "
         f"ADD COLUMN {catalogue.quoted_name(column)} {spec['definition']}"],
        tables=[table], what=f"Adding the column {column} to {table} again",
    )  # fmt: skip
    ddl.tell("column_came_back_empty", table=table, column=column)


def drop_table(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """The physical contract of a retired model; never CASCADE.

    Its foreign keys go first, each for itself, so that no other table is locked when it goes; then
    all of its tables at once, or none.
    """
    tables: Sequence[str] = spec["tables"]
    if editor.collect_sql:
        for table in tables:
            editor.execute(f"DROP TABLE IF EXISTS {catalogue.quoted(table)}", params=None)
        return
    there = [table for table in tables if catalogue.table_exists(editor.connection, table)]
    if not there:
        return
    _require_no_dependents(editor, there)
    for table in there:
        for name, key in catalogue.constraints(editor.connection, table).items():
            if key.type == "f":
                constraining.drop(editor, table, name, others=[key.references])
    ddl.short(
        editor, lambda: [f"DROP TABLE IF EXISTS {catalogue.quoted(table)}" for table in there],
        tables=there, what=f"Dropping {', '.join(there)}",
    )  # fmt: skip


def restore_table(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """Nothing yet: the table is created, and empty, when the model's retirement is reversed."""
    ddl.tell("table_comes_back_empty", tables=", ".join(spec["tables"]))


def definition(editor: Any, model: type[Model], field: Any, fill: str | None) -> str:
    """How the column comes back after its drop: nullable, and with a value if there is one."""
    sql = adding.column_sql(editor, model, field, nullable=True)
    if fill is not None and not field.has_db_default():
        sql = f"{sql.removesuffix(' NULL')} DEFAULT {fill} NULL"
    return sql


def _require_no_dependents(editor: BaseDatabaseSchemaEditor, tables: Sequence[str]) -> None:
    own = {str(catalogue.full_name(editor.connection, table)) for table in tables}
    blocking = []
    for table in tables:
        for found in adding.blocking_of(editor, table, None):
            inner = any(
                found.name in catalogue.constraints(editor.connection, other) for other in own
            )
            if found.kind != "foreign key of another table" or not inner:
                blocking.append(str(found))
    if blocking:
        raise Refused(
            "table_has_dependents", tables=", ".join(tables), dependents="; ".join(blocking)
        )


def _needs(editor: BaseDatabaseSchemaEditor, table: str, field: Any) -> bool:
    """Whether an INSERT that leaves the column out fails."""
    if editor.collect_sql:
        return not field.null and not field.has_db_default()
    there = catalogue.columns(editor.connection, table)[field.column]
    return not (there.nullable or there.default or there.generated or there.identity)


def _create_missing(editor: BaseDatabaseSchemaEditor, model: type[Model]) -> None:
    """Create those of the model's tables that aren't there, in one step."""
    gone = [
        owner for owner in (model, *_throughs(model))
        if not catalogue.table_exists(editor.connection, owner._meta.db_table)
    ]  # fmt: skip
    if not gone:
        return
    tables = [owner._meta.db_table for owner in gone]
    made = gone[:1] if model in gone else gone  # Django makes a model's many-to-many tables with it
    ddl.short(
        editor, _creation(editor, made, tables), tables=tables,
        what=f"Creating {', '.join(tables)} anew",
    )  # fmt: skip
    ddl.tell("table_came_back_empty", tables=", ".join(tables))


def _creation(
    editor: BaseDatabaseSchemaEditor, models: Sequence[type[Model]], tables: Sequence[str]
) -> list[str]:
    """What creates ``models``, but for foreign keys that lock others than their ``tables``."""
    collector: Any
    with editor.connection.schema_editor(collect_sql=True, atomic=False) as collector:
        for model in models:
            collector.create_model(model)
        collector.deferred_sql = [
            each for each in collector.deferred_sql
            if each.template != collector.sql_create_fk or each.parts["to_table"].table in tables
        ]  # fmt: skip
    return [str(sql) for sql in collector.collected_sql]


def _keys_of_model(model: type[Model]) -> list[tuple[type[Model], Any, str]]:
    """The foreign keys to other tables, with what happens to a row whose target is deleted."""
    found: list[tuple[type[Model], Any, str]] = []
    for field in model._meta.local_fields:
        if _is_key(field) and field.related_model is not model:
            goes_along = field.primary_key or model._meta.auto_created
            found.append((model, field, CASCADE if goes_along else SET_NULL))
    for through in _throughs(model):
        found += [(through, f, CASCADE) for f in through._meta.local_fields if _is_key(f)]
    return found


def _throughs(model: type[Model]) -> list[type[Model]]:
    """The models that Django made for the many-to-many fields."""
    found: list[Any] = [field.remote_field.through for field in model._meta.local_many_to_many]
    return [through for through in found if through._meta.auto_created]


def _is_key(field: Any) -> bool:
    return field.remote_field is not None and field.db_constraint


def _foreign_keys(
    editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any
) -> list[Constraint]:
    if not _is_key(field):
        return []
    if not editor.collect_sql:
        found = catalogue.constraints(editor.connection, model._meta.db_table).values()
        return [key for key in found if key.type == "f" and key.columns == (field.column,)]
    statement = adding.foreign_key_statement(editor, model, field)
    target = field.target_field
    return [
        Constraint(
            str(statement.parts["name"]).strip('"'), "f", "", True, (field.column,),
            target.model._meta.db_table, (target.column,),
        )
    ]  # fmt: skip


def _giving_way(
    editor: BaseDatabaseSchemaEditor, table: str, key: Constraint, action: str
) -> list[str]:
    """The same foreign key with ``action``; without a look at the rows, which keep to it already.

    Before PostgreSQL 18 a partitioned table takes none that is NOT VALID: it goes without one.
    """
    if action in key.definition:
        return []
    alter, name = f"ALTER TABLE {catalogue.quoted(table)}", catalogue.quoted_name(key.name)
    drop = f"{alter} DROP CONSTRAINT {name}"
    connection: Any = editor.connection
    old = not editor.collect_sql and connection.pg_version < 180000
    if old and catalogue.is_partitioned(connection, table):
        return [drop]
    own, other = (
        ", ".join(catalogue.quoted_name(c) for c in names)
        for names in (key.columns, key.referenced)
    )
    return [
        drop,
        f"{alter} ADD CONSTRAINT {name} FOREIGN KEY ({own}) "
        f"REFERENCES {catalogue.quoted(key.references)} ({other}){action} "
        f"DEFERRABLE INITIALLY DEFERRED NOT VALID",
    ]


def _stiffen(editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any) -> None:
    """Drop the foreign key that gives way; what the field says is added afterwards."""
    for key in _foreign_keys(editor, model, field):
        if editor.collect_sql or SET_NULL in key.definition or CASCADE in key.definition:
            constraining.drop(editor, model._meta.db_table, key.name, others=[key.references])
