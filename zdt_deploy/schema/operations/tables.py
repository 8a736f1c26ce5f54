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
from zdt_deploy.schema.operations.base import model_of, require_name, state_of
from zdt_deploy.schema.operations.steps import Change, ContractStep, ExpandStep, SwitchStep

KIND = "rename_table"


class _RenameTable(Change):
    kind = KIND

    def __init__(self, name: str, table: str) -> None:
        self.name = self.model_name = name
        self.table = table
        super().__init__()

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, "table": self.table}

    def what(self) -> str:
        return f"db_table>{self.table}"

    def switched(self, app_label: str, state: ProjectState) -> None:
        """Give the model its new table in the state."""
        state_of(state, app_label, self.name)
        state.alter_model_options(app_label, self.name.lower(), {"db_table": self.table})

    def fresh_spec(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> dict[str, Any]:
        """What `naming` needs, from a state of the old name."""
        after = state.clone()
        self.switched(app_label, after)
        old, new = (model_of(each, app_label, self.name) for each in (state, after))
        require_name(new._meta.db_table.rpartition(".")[2], old._meta.db_table)
        names = zip(_tables(old), _tables(new), strict=True)
        return {"tables": [[was, now] for was, now in names if was != now]}

    def plain(self) -> list[Operation]:
        return [AlterModelTable(self.name, self.table)]


class ExpandRenameTable(_RenameTable, ExpandStep):
    """Make a view by the new name over the model's table, for the release that comes next.

    Before and after it the releases that know the old name may be alive; nothing changes for them.
    The tables that Django made for many-to-many fields of the model come along. Until the contract
    the new name is a view: rows are read, written, locked and upserted through it, but COPY,
    TRUNCATE and foreign keys to it have to wait, and columns can't be added by the new name.
    """

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
        spec = self.fresh_spec(app_label, schema_editor, from_state)
        table = model._meta.db_table
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

    def require_undo(
        self, editor: BaseDatabaseSchemaEditor, key: str, spec: dict[str, Any]
    ) -> None:
        naming.require_undo(editor, spec)

    def undo(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        naming.undo(editor, spec)


class SwitchRenameTable(_RenameTable, SwitchStep):
    """Give the model its new table in the models: the release with the new name may start.

    Before it the releases with the old name may be alive, after it those of both. The view shows
    columns that were added since.
    """

    def describe(self) -> str:
        return f"Let code use {self.table} for {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"switch_{self.name}_table".lower()

    def enter(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        naming.expand(editor, spec)

    def is_plain(self, operation: Operation) -> bool:
        return isinstance(operation, AlterModelTable) and (
            (operation.name_lower, operation.table) == (self.name.lower(), self.table)
        )


class ContractRenameTable(_RenameTable, ContractStep):
    """Drop the view and rename the table in one short transaction; until it may be, it is owed.

    Before it the releases of both names may be alive; the old name goes only when those of the old
    one are gone. Sequences, indexes and constraints keep their names, as with AlterModelTable.
    """

    def describe(self) -> str:
        return f"Rename the table of {self.name} to {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"contract_{self.name}_table".lower()


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
