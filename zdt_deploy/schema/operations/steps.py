"""The three steps of a change that is on record, whatever it changes."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model

from zdt_deploy.schema import changes, contracting
from zdt_deploy.schema.operations.base import ZdtOperation


class Change:
    """What one kind of change is: set on its operations by inheritance."""

    kind: str
    model_name: str

    def what(self) -> str:
        """The last part of the change's key."""
        raise NotImplementedError

    def change_key(self, app_label: str) -> str:
        """The key of the change's record."""
        return changes.key_of(app_label, self.model_name, self.what())

    def switched(self, app_label: str, state: ProjectState) -> None:
        """Make the old models the new ones."""
        raise NotImplementedError

    def plain(self) -> list[Operation]:
        """The operations of Django that do the same at once, for squashing; none if unknown."""
        raise NotImplementedError

    def fresh_spec(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> dict[str, Any] | None:
        """All that the physical steps need, from a ``state`` of the old model; None if the model
        is not on this alias."""
        raise NotImplementedError


class Step(ZdtOperation, Change):
    """One of three operations of a change."""

    step: str
    reversible = True

    def references_model(self, name: str, app_label: str) -> bool:
        return name.lower() == self.model_name.lower()

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def same_change(self, other: Operation) -> bool:
        return (
            isinstance(other, Step)
            and other.kind == self.kind
            and (other.model_name.lower(), other.what()) == (self.model_name.lower(), self.what())
        )

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        outcome = super().reduce(operation, app_label)
        return outcome or not operation.references_model(self.model_name, app_label)

    def recorded(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> dict[str, Any] | None:
        """The spec on record; where there is none, from a ``state`` of the old model."""
        if not editor.collect_sql:
            change = changes.find(editor.connection, self.change_key(app_label))
            if change is not None:
                return dict(change.spec)
        return self.fresh_spec(app_label, editor, state)


class ExpandStep(Step):
    """Brings the new shape beside the old one; reversed, it takes it away."""

    step = "expand"

    def require_undo(
        self, editor: BaseDatabaseSchemaEditor, key: str, spec: dict[str, Any]
    ) -> None:
        """Refuse to take the new shape away while somebody needs it."""
        raise NotImplementedError

    def undo(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        """Take the new shape away."""
        raise NotImplementedError

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if self.here(app_label, schema_editor, to_state, self.model_name) is None:
            return
        spec = self.recorded(app_label, schema_editor, to_state)
        if spec is None:
            return
        if not schema_editor.collect_sql:
            self.require_undo(schema_editor, self.change_key(app_label), spec)
            changes.expand_reversed(schema_editor.connection, self.change_key(app_label))
        self.undo(schema_editor, spec)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if self.same_change(operation):
            return True if not isinstance(operation, ContractStep) else self.plain() or False
        return super().reduce(operation, app_label)


class SwitchStep(Step):
    """Lets code use the new shape, in the state of the migrations; reversed, the old one."""

    step = "switch"

    def renewed(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        spec: dict[str, Any],
    ) -> dict[str, Any]:
        """The spec with what became of the old shape since the expand, also on record."""
        return spec

    def enter(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        """What the database has to be like for code that uses the new shape."""
        raise NotImplementedError

    def require_way_back(
        self, editor: BaseDatabaseSchemaEditor, key: str, spec: dict[str, Any] | None, table: str
    ) -> None:
        """Refuse where code can't use the old shape again."""

    def leave(
        self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any], model: type[Model]
    ) -> None:
        """What the database has to be like for code that uses the old ``model`` again."""

    def is_plain(self, operation: Operation) -> bool:
        """Whether Django's ``operation`` does the same at once."""
        return any(_equal(operation, plain) for plain in self.plain())

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        self.switched(app_label, state)

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
        connection, key = schema_editor.connection, self.change_key(app_label)
        if not schema_editor.collect_sql:
            changes.require_switch(connection, key, table=model._meta.db_table)
        spec = self.recorded(app_label, schema_editor, from_state)
        if spec is not None:
            spec = self.renewed(app_label, schema_editor, from_state, spec)
            with changes.switching(connection, key):
                self.enter(schema_editor, spec)
        if not schema_editor.collect_sql:
            changes.switched(connection, key)

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
        spec = self.recorded(app_label, schema_editor, to_state)
        connection, key = schema_editor.connection, self.change_key(app_label)
        if not schema_editor.collect_sql:
            self.require_way_back(schema_editor, key, spec, model._meta.db_table)
        if spec is not None:
            self.leave(schema_editor, spec, model)
        if not schema_editor.collect_sql:
            changes.switch_reversed(connection, key, table=model._meta.db_table)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if self.is_plain(operation):
            return [operation]
        return super().reduce(operation, app_label)


class ContractStep(Step):
    """Takes the old shape away, or owes it; reversed, it brings the old shape back."""

    step = "contract"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
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
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None and not schema_editor.collect_sql:
            contracting.contract_reversed(
                schema_editor.connection, self.change_key(app_label), table=model._meta.db_table
            )


def _equal(one: Operation, other: Operation) -> bool:
    def parts(operation: Operation) -> Any:
        name, args, kwargs = operation.deconstruct()
        plain = {k: v.deconstruct()[1:] if isinstance(v, Field) else v for k, v in kwargs.items()}
        return name, list(args), plain

    return type(one) is type(other) and parts(one) == parts(other)
