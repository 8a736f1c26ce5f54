"""How what goes is called on record, and how a table goes, be it a model's or a field's."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Model

from zdt_deploy.schema import catalogue, changes, contracting, retiring
from zdt_deploy.schema.operations.base import ZdtOperation

DROP_FIELD, DROP_TABLE = "drop_field", "drop_table"
contracting.register(DROP_FIELD, retiring.drop_field, reverse=retiring.restore_field)
contracting.register(DROP_TABLE, retiring.drop_table, reverse=retiring.restore_table)


class Drop(ZdtOperation):
    """Takes away what was retired, at once or when its gate opens; reversed, it brings it back."""

    step = "contract"
    kind: str

    def change_key(self, app_label: str) -> str:
        raise NotImplementedError

    def unrecorded(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> dict[str, Any] | None:
        """The spec in a database that has no record of the change; None where the router keeps
        the table elsewhere."""
        raise NotImplementedError

    def drop(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        raise NotImplementedError

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        spec = self.unrecorded(app_label, schema_editor, to_state)
        if spec is None:
            return
        if schema_editor.collect_sql:
            self.drop(schema_editor, spec)
            return
        contracting.contract_or_owe(
            schema_editor.connection, self.change_key(app_label), kind=self.kind, spec=spec,
            table=spec["table"],
        )  # fmt: skip

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        spec = self.unrecorded(app_label, schema_editor, to_state)
        if spec is not None and not schema_editor.collect_sql:
            contracting.contract_reversed(
                schema_editor.connection, self.change_key(app_label), kind=self.kind, spec=spec,
                table=spec["table"],
            )  # fmt: skip


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
