"""Constraints, in steps that never look through the table while the site waits."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.migrations import AddConstraint as DjangoAddConstraint
from django.db.migrations import AlterField, RemoveField
from django.db.migrations import RemoveConstraint as DjangoRemoveConstraint
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.state import ProjectState
from django.db.models import BaseConstraint, CheckConstraint, Field, Model, UniqueConstraint

from zdt_core.exceptions import Refused
from zdt_deploy.schema import adding, constraining, indexing
from zdt_deploy.schema.operations.base import (
    ZdtOperation,
    field_in_state,
    field_of,
    nearest,
    require_column,
    state_of,
)


class AddConstraint(ZdtOperation, DjangoAddConstraint):
    """Add a CheckConstraint or UniqueConstraint of ``Meta.constraints``.

    Before it, and while it runs, only releases may be alive that keep to it already: new rows are
    held to it from its first step on, also where old ones are still looked at. A check is added
    NOT VALID and validated; a unique constraint takes over an index that is built CONCURRENTLY
    (with a condition or expressions it is that index). Rows that violate it are named, and it can
    be run again once they are mended.
    """

    def __init__(self, model_name: str, constraint: BaseConstraint) -> None:
        if not isinstance(constraint, CheckConstraint | UniqueConstraint):
            raise Refused("constraint_kind", name=constraint.name, kind=type(constraint).__name__)
        super().__init__(model_name, constraint)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            add(schema_editor, model, self.constraint)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, from_state, self.model_name)
        if model is not None:
            remove(schema_editor, model, self.constraint)

    def describe(self) -> str:
        return f"Add the constraint {self.constraint.name} to {self.model_name} in short steps"


class RemoveConstraint(ZdtOperation, DjangoRemoveConstraint):
    """Drop a constraint that ``Meta.constraints`` has no more.

    Every release may be alive before it. After it, none may rely on the constraint, as the
    arbiter of ON CONFLICT or to refuse what the release itself doesn't check.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        constraint_in_state(state, app_label, self.model_name, self.name)
        super().state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, from_state, self.model_name)
        if model is not None:
            found = constraint_in_state(from_state, app_label, self.model_name, self.name)
            remove(schema_editor, model, found)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            found = constraint_in_state(to_state, app_label, self.model_name, self.name)
            add(schema_editor, model, found)

    def describe(self) -> str:
        return f"Remove the constraint {self.name} from {self.model_name} in a short step"


class FieldChange(ZdtOperation, FieldOperation):
    """A change of one attribute of a field; the rest of the field stays as it is."""

    def changed(self, field: Field[Any, Any]) -> None:
        """Change the clone that becomes the field."""
        raise NotImplementedError

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "name": self.name}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        field = field_in_state(state, app_label, self.model_name, self.name).clone()
        self.changed(field)
        state.alter_field(app_label, self.model_name_lower, self.name, field, True)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        later = (AlterField, RemoveField)
        if isinstance(operation, later) and self.is_same_field_operation(operation):
            return [operation]
        return super().reduce(operation, app_label)


class SetNotNull(FieldChange):
    """Make a field NOT NULL, with ``null=False`` in the models.

    Before it, only releases may be alive that write no NULL any more: it holds new rows to that
    from its first step on. It adds a CHECK that is NOT VALID, validates it, which takes time but
    holds nobody up, and lets it prove the NOT NULL.
    """

    def changed(self, field: Field[Any, Any]) -> None:
        field.null = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            _set_not_null(schema_editor, model, self.name)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            _drop_not_null(schema_editor, model, self.name)

    def describe(self) -> str:
        return f"Set {self.name} of {self.model_name} NOT NULL in short steps"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.name_lower}_not_null"


class DropNotNull(FieldChange):
    """Let a field be NULL, with ``null=True`` in the models.

    Every release may be alive before it. After it, releases that were not told may read a NULL as
    soon as a newer one writes it. Reversed, it is `SetNotNull`.
    """

    def changed(self, field: Field[Any, Any]) -> None:
        field.null = True

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            _drop_not_null(schema_editor, model, self.name)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            _set_not_null(schema_editor, model, self.name)

    def describe(self) -> str:
        return f"Drop NOT NULL from {self.name} of {self.model_name} in a short step"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.name_lower}_null"


class AddForeignKeyConstraint(FieldChange):
    """Give a ForeignKey that had ``db_constraint=False`` its constraint in the database.

    Before it, only releases may be alive that write no id that isn't there. It is added NOT VALID,
    and validated.
    """

    def changed(self, field: Field[Any, Any]) -> None:
        setattr(field, "db_constraint", True)  # noqa: B010

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            add_foreign_key(schema_editor, model, _relation(model, self.name))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, from_state, self.model_name)
        if model is not None:
            drop_foreign_key(schema_editor, model, _relation(model, self.name))

    def describe(self) -> str:
        return f"Add the foreign key of {self.name} of {self.model_name} in short steps"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.name_lower}_fk"


class RemoveForeignKeyConstraint(AddForeignKeyConstraint):
    """Drop a ForeignKey's constraint in the database, with ``db_constraint=False`` in the models.

    Every release may be alive before it. After it, each must cope with ids that aren't there.
    """

    def changed(self, field: Field[Any, Any]) -> None:
        setattr(field, "db_constraint", False)  # noqa: B010

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        super().database_backwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Remove the foreign key of {self.name} of {self.model_name} in a short step"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.name_lower}_no_fk"


def add(editor: BaseDatabaseSchemaEditor, model: type[Model], constraint: BaseConstraint) -> None:
    table = model._meta.db_table
    statement: Any = constraint.create_sql(model, editor)
    if isinstance(constraint, CheckConstraint):
        constraining.check(editor, table, constraint.name, str(statement.parts["check"]))
        return
    index = indexing.wanted(statement, editor.sql_create_unique_index)
    if _is_index(statement, editor):
        indexing.build(editor, table, index)
    else:
        deferrable = str(statement.parts["deferrable"])
        constraining.unique(editor, table, index, deferrable=deferrable)


def remove(
    editor: BaseDatabaseSchemaEditor, model: type[Model], constraint: BaseConstraint
) -> None:
    table = model._meta.db_table
    statement: Any = constraint.create_sql(model, editor)
    if isinstance(constraint, UniqueConstraint) and _is_index(statement, editor):
        indexing.remove(editor, table, constraint.name)
    else:
        constraining.drop(editor, table, constraint.name)


def add_foreign_key(editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any) -> None:
    target = field.target_field
    constraining.foreign_key(
        editor, model._meta.db_table, adding.foreign_key_statement(editor, model, field),
        columns=[field.column], target=target.model._meta.db_table,
        target_columns=[target.column],
    )  # fmt: skip


def drop_foreign_key(editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any) -> None:
    target = field.target_field
    table, other = model._meta.db_table, target.model._meta.db_table
    names = (
        [str(adding.foreign_key_statement(editor, model, field).parts["name"]).strip('"')]
        if editor.collect_sql
        else constraining.foreign_keys_of(editor, table, field.column)
    )
    for name in names:
        constraining.drop(editor, table, name, others=[other])


def constraint_in_state(
    state: ProjectState, app_label: str, model: str, name: str
) -> BaseConstraint:
    found = state_of(state, app_label, model).options.get("constraints", [])
    for constraint in found:
        if constraint.name == name:
            return constraint
    known = nearest(name, [constraint.name for constraint in found])
    raise Refused("constraint_unknown", model=f"{app_label}.{model}", name=name, nearest=known)


def _is_index(statement: Statement, editor: BaseDatabaseSchemaEditor) -> bool:
    return statement.template == editor.sql_create_unique_index


def _set_not_null(editor: BaseDatabaseSchemaEditor, model: type[Model], name: str) -> None:
    table, column = model._meta.db_table, field_of(model, name).column
    require_column(editor, table, column)
    constraining.set_not_null(editor, table, column)


def _drop_not_null(editor: BaseDatabaseSchemaEditor, model: type[Model], name: str) -> None:
    table, column = model._meta.db_table, field_of(model, name).column
    require_column(editor, table, column)
    constraining.drop_not_null(editor, table, column)


def _relation(model: type[Model], name: str) -> Any:
    field = field_of(model, name)
    if not field.many_to_one and not field.one_to_one:
        raise Refused("field_not_relation", model=model._meta.label, field=name)
    return field
