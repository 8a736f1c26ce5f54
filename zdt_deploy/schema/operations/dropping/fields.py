"""Fields that go: first out of the models, a release later their columns."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RemoveField
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import adding, catalogue, changes, ddl, retiring
from zdt_deploy.schema.operations import meta
from zdt_deploy.schema.operations.base import (
    ZdtOperation,
    field_in_state,
    field_of,
    require_column,
    state_of,
)
from zdt_deploy.schema.operations.dropping.leaving import (
    DROP_FIELD,
    Drop,
    key_of,
    retire_table,
    take_back_table,
)


class RetireField(ZdtOperation, FieldOperation):
    """Take a field out of the models; its column stays, and need not be written any more.

    Before it, every release may be alive. After it, the release before may still be alive, and
    goes on reading and writing the column. In rows of the new release it finds ``default``, else
    the field's own default where that is one constant value, else NULL, for which NOT NULL is
    dropped. A foreign key becomes one that sets NULL: the new release doesn't know that the rows
    it deletes are referred to. A constraint of the Meta that names the field has to go before, as
    rows of the new release would break it. Of a ManyToManyField the table is what stays, and goes
    later; where it has a model of its own, retire that. `DropField` is for a later release.
    Reversed, the column gets back what it had; rows that were written without it have to be filled
    first.
    """

    step = "switch"

    def __init__(self, model_name: str, name: str, default: Any = NOT_PROVIDED) -> None:
        super().__init__(model_name, name)
        self.default = default

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs = {"model_name": self.model_name, "name": self.name}
        if self.default is not NOT_PROVIDED:
            kwargs["default"] = self.default
        return type(self).__name__, [], kwargs

    def change_key(self, app_label: str) -> str:
        return key_of(app_label, self.model_name, self.name)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        field = field_in_state(state, app_label, self.model_name, self.name)
        if field.primary_key:
            raise Refused("field_is_key", model=f"{app_label}.{self.model_name}", field=self.name)
        held = meta.holding(state_of(state, app_label, self.model_name), self.name)
        if held:
            raise Refused(
                "field_held_by_meta", model=f"{app_label}.{self.model_name}", field=self.name,
                named="; ".join(held),
            )  # fmt: skip
        if field.unique and self.default not in (NOT_PROVIDED, None):
            raise Refused(
                "field_default_unique", model=f"{app_label}.{self.model_name}", field=self.name
            )
        state.remove_field(app_label, self.model_name_lower, self.name)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, from_state, self.model_name)
        if model is None:
            return
        through = retiring.through_of(model, self.name)
        if through is not None:
            retire_table(schema_editor, app_label, self.change_key(app_label), through, self)
        else:
            self._retire_column(app_label, schema_editor, model)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is None:
            return
        through = retiring.through_of(model, self.name)
        if through is not None:
            take_back_table(schema_editor, self.change_key(app_label), through)
            return
        field = field_of(model, self.name)
        fill = retiring.filler(schema_editor, field, self.default)
        if not schema_editor.collect_sql:
            require_column(schema_editor, model._meta.db_table, field.column)
            if retiring.is_not_null(field):
                retiring.require_filled(schema_editor, model._meta.db_table, field.column)
            changes.retire_reversed(schema_editor.connection, self.change_key(app_label))
        retiring.take_back_field(schema_editor, model, field, fill)

    def describe(self) -> str:
        return f"Retire the field {self.name} of {self.model_name}, and keep its column"

    @property
    def migration_name_fragment(self) -> str:
        return f"retire_{self.model_name_lower}_{self.name_lower}"

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if isinstance(operation, DropField) and self.is_same_field_operation(operation):
            return [RemoveField(self.model_name, self.name)]
        return super().reduce(operation, app_label)

    def _retire_column(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, model: type[Model]
    ) -> None:
        field = field_of(model, self.name)
        table, column = model._meta.db_table, field.column
        require_column(schema_editor, table, column)
        fill = retiring.filler(schema_editor, field, self.default)
        connection, key = schema_editor.connection, self.change_key(app_label)
        if not schema_editor.collect_sql:
            changes.require_room(connection, key=key, table=table, columns=[column])
        retiring.let_go_of_field(schema_editor, model, field, fill)
        if schema_editor.collect_sql:
            return
        changes.retired(
            connection, key=key, kind=DROP_FIELD, app_label=app_label,
            model_name=self.model_name, table=table,
            spec={
                "table": table,
                "column": column,
                "columns": [column],
                "definition": retiring.definition(schema_editor, model, field, fill),
            },
            born_empty=catalogue.is_empty(connection, table),
        )  # fmt: skip
        _warn(schema_editor, table, column)


class DropField(Drop, FieldOperation):
    """Drop the column of a field that `RetireField` took out of the models a release before.

    Only releases may be alive before it that have the field no more: until no other can be, and
    the time of observation is over, the drop is owed, and done by the ticker or
    `manage.py zdt_schema advance`. Never CASCADE: views, triggers, functions and all else that
    hangs on the column is listed, and keeps it. What is in the column is lost: reversed, an empty
    one is added. ``column`` is the column's name where it isn't the field's.
    """

    kind = DROP_FIELD

    def __init__(self, model_name: str, name: str, column: str | None = None) -> None:
        super().__init__(model_name, name)
        self.column = column

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs = {"model_name": self.model_name, "name": self.name}
        if self.column is not None:
            kwargs["column"] = self.column
        return type(self).__name__, [], kwargs

    def change_key(self, app_label: str) -> str:
        return key_of(app_label, self.model_name, self.name)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if self.name in state_of(state, app_label, self.model_name).fields:
            raise Refused(
                "field_not_retired", model=f"{app_label}.{self.model_name}", field=self.name
            )

    def unrecorded(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> dict[str, Any] | None:
        model = self.here(app_label, editor, state, self.model_name)
        if model is None:
            return None
        column = self.column or self.name
        return {"table": model._meta.db_table, "column": column, "columns": [column]}

    def drop(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        retiring.drop_field(editor, spec)

    def describe(self) -> str:
        return f"Drop the column of {self.name} of {self.model_name}, as soon as nobody needs it"

    @property
    def migration_name_fragment(self) -> str:
        return f"drop_{self.model_name_lower}_{self.name_lower}"


def _warn(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> None:
    """Say early what will keep the column from going."""
    blocking = [str(found) for found in adding.blocking_of(editor, table, [column])]
    if blocking:
        ddl.tell("column_will_not_go", table=table, column=column, dependents="; ".join(blocking))
