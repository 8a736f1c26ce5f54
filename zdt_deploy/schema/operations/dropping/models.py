"""Models that go: first out of the code, a release later their tables."""

from __future__ import annotations

from typing import Any

from django.db import router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import DeleteModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import ModelOperation
from django.db.migrations.state import ProjectState

from zdt_core.exceptions import Refused
from zdt_deploy.schema import retiring
from zdt_deploy.schema.operations.base import ZdtOperation, model_of, state_of
from zdt_deploy.schema.operations.dropping.leaving import (
    DROP_TABLE,
    Drop,
    key_of,
    retire_table,
    take_back_table,
)


class RetireModel(ZdtOperation, ModelOperation):
    """Take a model out of the code; its table stays.

    Before it, every release may be alive. After it, the release before may still be alive, and
    goes on reading and writing the table. Foreign keys of the table become such that set NULL (of
    its many-to-many tables: such that delete), as the new release doesn't know that the rows it
    deletes are referred to. Fields of other models that refer to it have to be retired before.
    `DropTable` is for a later release.
    """

    step = "switch"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name}

    @property
    def model_name(self) -> str:  # type: ignore[override]
        return self.name

    def change_key(self, app_label: str) -> str:
        return key_of(app_label, self.name, "")

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state_of(state, app_label, self.name)
        state.remove_model(app_label, self.name_lower)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, from_state, self.name)
        if model is None:
            return
        retire_table(schema_editor, app_label, self.change_key(app_label), model, self)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = model_of(to_state, app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        self.require_ground(schema_editor)
        take_back_table(schema_editor, self.change_key(app_label), model)

    def describe(self) -> str:
        return f"Retire the model {self.name}, and keep its table"

    @property
    def migration_name_fragment(self) -> str:
        return f"retire_{self.name_lower}"

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if isinstance(operation, DropTable) and operation.name_lower == self.name_lower:
            return [DeleteModel(self.name)]
        return super().reduce(operation, app_label)


class DropTable(Drop, ModelOperation):
    """Drop the table of a model that `RetireModel` took out of the code a release before.

    Only releases may be alive before it that have the model no more; until then the drop is owed.
    Never CASCADE: what hangs on the table keeps it. Its rows are lost: reversed together with its
    retirement, an empty table is created. ``table`` is its name where Django didn't choose it.
    """

    kind = DROP_TABLE

    def __init__(self, name: str, table: str | None = None) -> None:
        super().__init__(name)
        self.table = table

    @property
    def model_name(self) -> str:  # type: ignore[override]
        return self.name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs = {"name": self.name}
        if self.table is not None:
            kwargs["table"] = self.table
        return type(self).__name__, [], kwargs

    def change_key(self, app_label: str) -> str:
        return key_of(app_label, self.name, "")

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if (app_label, self.name_lower) in state.models:
            raise Refused("model_not_retired", model=f"{app_label}.{self.name}")

    def unrecorded(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> dict[str, Any] | None:
        alias = editor.connection.alias
        if not router.allow_migrate(alias, app_label, model_name=self.name_lower):
            return None
        self.require_ground(editor)
        table = self.table or f"{app_label}_{self.name_lower}"
        return {"table": table, "tables": [table]}

    def drop(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        retiring.drop_table(editor, spec)

    def describe(self) -> str:
        return f"Drop the table of {self.name}, as soon as nobody needs it"

    @property
    def migration_name_fragment(self) -> str:
        return f"drop_{self.name_lower}"
