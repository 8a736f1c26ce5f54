"""Constraints, in steps that never look through the table while the site waits."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.migrations import AddConstraint as DjangoAddConstraint
from django.db.migrations import RemoveConstraint as DjangoRemoveConstraint
from django.db.migrations.state import ProjectState
from django.db.models import BaseConstraint, CheckConstraint, Model, UniqueConstraint

from zdt_core.exceptions import Refused
from zdt_deploy.schema import constraining, indexing
from zdt_deploy.schema.operations.base import nearest, state_of
from zdt_deploy.schema.operations.elders import clear_twin
from zdt_deploy.schema.operations.opposites import Opposites, Puts, Takes


class _OfConstraint(Opposites):
    def constraint_in(self, app_label: str, state: ProjectState) -> BaseConstraint:
        """The constraint, from the state in which the model has it."""
        raise NotImplementedError

    def put(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        add(editor, model, self.constraint_in(app_label, state))

    def take(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        constraint = self.constraint_in(app_label, state)
        remove(editor, model, constraint)
        clear_twin(editor, model._meta.db_table, constraint.name)


class AddConstraint(_OfConstraint, Puts, DjangoAddConstraint):
    """Add a CheckConstraint or UniqueConstraint of ``Meta.constraints``.

    Before it, and while it runs, only releases may be alive that keep to it already: new rows are
    held to it from its first step on, also where old ones are still looked at. A check is added
    NOT VALID and validated; a unique constraint takes over an index that is built CONCURRENTLY
    (with a condition or expressions it is that index). Rows that violate it are named, it is taken
    back, and it can be run again once they are mended.
    """

    def __init__(self, model_name: str, constraint: BaseConstraint) -> None:
        if not isinstance(constraint, CheckConstraint | UniqueConstraint):
            raise Refused("constraint_kind", name=constraint.name, kind=type(constraint).__name__)
        super().__init__(model_name, constraint)

    def constraint_in(self, app_label: str, state: ProjectState) -> BaseConstraint:
        return self.constraint

    def describe(self) -> str:
        return f"Add the constraint {self.constraint.name} to {self.model_name} in short steps"


class RemoveConstraint(_OfConstraint, Takes, DjangoRemoveConstraint):
    """Drop a constraint that ``Meta.constraints`` has no more.

    Every release may be alive before it. After it, none may rely on the constraint, as the
    arbiter of ON CONFLICT or to refuse what the release itself doesn't check.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        constraint_in_state(state, app_label, self.model_name, self.name)
        super().state_forwards(app_label, state)

    def constraint_in(self, app_label: str, state: ProjectState) -> BaseConstraint:
        return constraint_in_state(state, app_label, self.model_name, self.name)

    def describe(self) -> str:
        return f"Remove the constraint {self.name} from {self.model_name} in a short step"


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
