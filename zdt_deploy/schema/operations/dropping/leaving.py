"""How what goes is called on record, and how a table goes, be it a model's or a field's."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model

from zdt_deploy.schema import catalogue, changes, contracting, retiring
from zdt_deploy.schema.operations.base import ZdtOperation

DROP_FIELD, DROP_TABLE = "drop_field", "drop_table"
contracting.register(DROP_FIELD, retiring.drop_field, reverse=retiring.restore_field)
contracting.register(DROP_TABLE, retiring.drop_table, reverse=retiring.restore_table)


def key_of(app_label: str, model_name: str, field: str) -> str:
    return changes.key_of(app_label, model_name, f"-{field}")


def retire_table(
    editor: BaseDatabaseSchemaEditor,
    app_label: str,
    key: str,
    model: type[Model],
    operation: ZdtOperation,
) -> None:
    """Retire the table of ``model``, which is a model or the table of a many-to-many field."""
    connection, table = editor.connection, model._meta.db_table
    if not editor.collect_sql:
        changes.require_room(connection, key=key, table=table, columns=None)
    retiring.let_go_of_table(editor, model)
    if editor.collect_sql:
        return
    tables = retiring.tables_of(model)
    changes.retired(
        connection, key=key, kind=DROP_TABLE, app_label=app_label,
        model_name=operation.model_name, table=table, spec={"table": table, "tables": tables},
        born_empty=all(catalogue.is_empty(connection, name) for name in tables),
    )  # fmt: skip


def take_back_table(editor: BaseDatabaseSchemaEditor, key: str, model: type[Model]) -> None:
    if not editor.collect_sql:
        changes.retire_reversed(editor.connection, key)
    retiring.take_back_table(editor, model)
