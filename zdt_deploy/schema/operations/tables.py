"""Rename a model's table while both names are in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AlterModelTable
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, changes, contracting, naming
from zdt_deploy.schema.operations.base import ZdtOperation, model_of, state_of

KIND = "rename_table"


class _RenameTable(ZdtOperation):
    kind = KIND
    step: str
    reversible = True

    def __init__(self, name: str, table: str) -> None:
        self.name = self.model_name = name
        self.table = table
        super().__init__()

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, "table": self.table}

    def change_key(self, app_label: str) -> str:
        """The key of the change's record."""
        return changes.key_of(app_label, self.name, f"db_table>{self.table}")

    def references_model(self, name: str, app_label: str) -> bool:
        return name.lower() == self.name.lower()

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def switched(self, app_label: str, state: ProjectState) -> None:
        """Give the model its new table in the state."""
        state_of(state, app_label, self.name)
        state.alter_model_options(app_label, self.name.lower(), {"db_table": self.table})

    def spec(self, app_label: str, state: ProjectState) -> dict[str, Any]:
        """What `naming` needs, from a state of the old name."""
        after = state.clone()
        self.switched(app_label, after)
        old, new = (model_of(each, app_label, self.name) for each in (state, after))
        names = zip(_tables(old), _tables(new), strict=True)
        return {"tables": [[was, now] for was, now in names if was != now]}

    def recorded(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> dict[str, Any]:
        change = None
        if not editor.collect_sql:
            change = changes.find(editor.connection, self.change_key(app_label))
        return self.spec(app_label, state) if change is None else dict(change.spec)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        outcome = super().reduce(operation, app_label)
        return outcome or not operation.references_model(self.name, app_label)

    def same_change(self, other: Operation) -> bool:
        return isinstance(other, _RenameTable) and (
            (other.name.lower(), other.table) == (self.name.lower(), self.table)
        )


class ExpandRenameTable(_RenameTable):
    """Make a view by the new name over the model's table, for the release that comes next.

    Before and after it the releases that know the old name may be alive; nothing changes for them.
    The tables that Django made for many-to-many fields of the model come along. Until the contract
    the new name is a view: rows are read, written, locked and upserted through it, but COPY,
    TRUNCATE and foreign keys to it have to wait, and columns can't be added by the new name.
    """

    step = "expand"

    def describe(self) -> str:
        return f"Let the table of {self.name} be used as {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"expand_{self.name}_table".lower()

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
        spec, table = self.spec(app_label, from_state), model._meta.db_table
        if not spec["tables"]:
            raise Refused("table_name_taken", table=table, name=self.table)
        if schema_editor.collect_sql:
            naming.expand(schema_editor, spec)
            return
        connection, key = schema_editor.connection, self.change_key(app_label)
        changes.require_room(connection, key=key, table=table, columns=None)
        require_no_view(schema_editor, table)
        naming.expand(schema_editor, spec)
        changes.expand(
            connection, key=key, kind=self.kind, app_label=app_label, model_name=self.name,
            table=table, spec=spec, born_empty=catalogue.is_empty(connection, table),
        )  # fmt: skip

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if self.here(app_label, schema_editor, to_state, self.name) is None:
            return
        spec = self.recorded(app_label, schema_editor, to_state)
        if not schema_editor.collect_sql:
            naming.require_undo(schema_editor, spec)
            changes.expand_reversed(schema_editor.connection, self.change_key(app_label))
        naming.undo(schema_editor, spec)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if self.same_change(operation):
            if isinstance(operation, ContractRenameTable):
                return [AlterModelTable(self.name, self.table)]
            return True
        return super().reduce(operation, app_label)


class SwitchRenameTable(_RenameTable):
    """Give the model its new table in the models: the release with the new name may start.

    Before it the releases with the old name may be alive, after it those of both. The view shows
    columns that were added since.
    """

    step = "switch"

    def describe(self) -> str:
        return f"Let code use {self.table} for {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"switch_{self.name}_table".lower()

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        self.switched(app_label, state)

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
        spec = self.recorded(app_label, schema_editor, from_state)
        connection, key = schema_editor.connection, self.change_key(app_label)
        if not schema_editor.collect_sql:
            changes.require_switch(connection, key, table=model._meta.db_table)
        naming.expand(schema_editor, spec)
        if not schema_editor.collect_sql:
            changes.switched(connection, key)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.name)
        if model is not None and not schema_editor.collect_sql:
            changes.switch_reversed(
                schema_editor.connection, self.change_key(app_label), table=model._meta.db_table
            )

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if isinstance(operation, AlterModelTable) and (
            (operation.name_lower, operation.table) == (self.name.lower(), self.table)
        ):
            return [operation]
        return super().reduce(operation, app_label)


class ContractRenameTable(_RenameTable):
    """Drop the view and rename the table in one short transaction; until it may be, it is owed.

    Before it the releases of both names may be alive; the old name goes only when those of the old
    one are gone. Sequences, indexes and constraints keep their names, as with AlterModelTable.
    """

    step = "contract"

    def describe(self) -> str:
        return f"Rename the table of {self.name} to {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"contract_{self.name}_table".lower()

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.name)
        if model is None:
            return
        if schema_editor.collect_sql:
            told = f"-- {self.describe()}, at once or when its gate opens"
            schema_editor.execute(told, params=None)
            return
        contracting.contract_or_owe(
            schema_editor.connection, self.change_key(app_label), table=model._meta.db_table
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.name)
        if model is not None and not schema_editor.collect_sql:
            contracting.contract_reversed(
                schema_editor.connection, self.change_key(app_label), table=model._meta.db_table
            )


def require_no_view(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Refuse a table that is a view, as while another change renames it."""
    if naming.kind(editor.connection, table) == "v":
        raise Refused("table_is_view", table=table)


def _tables(model: type[Model]) -> list[str]:
    """The model's table, and those that Django made for its many-to-many fields."""
    through: list[Any] = [field.remote_field.through for field in model._meta.local_many_to_many]
    made = [each._meta.db_table for each in through if each._meta.auto_created]
    return [model._meta.db_table, *made]


contracting.register(KIND, naming.contract, reverse=naming.restore)
