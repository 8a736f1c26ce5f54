"""Indexes, built and dropped beside the running site."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddIndex, RemoveIndex
from django.db.migrations.state import ProjectState
from django.db.models import Index, Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import indexing
from zdt_deploy.schema.operations.base import ZdtOperation, nearest, state_of


class AddIndexConcurrently(ZdtOperation, AddIndex):
    """Add an index of ``Meta.indexes`` without holding up writes.

    Every release may be alive before and after it: an index changes no answer. One that is there
    with the same definition is taken as it is; an invalid one is dropped and built again. On a
    partitioned table each partition gets its own, and the parent's is made of them.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            build(schema_editor, model, self.index)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            indexing.remove(schema_editor, model._meta.db_table, self.index.name)

    def describe(self) -> str:
        return f"Add the index {self.index.name} to {self.model_name} concurrently"


class RemoveIndexConcurrently(ZdtOperation, RemoveIndex):
    """Drop an index that ``Meta.indexes`` has no more, without holding up anybody.

    Every release may be alive before and after it, as long as none needs the index for speed, or
    as the arbiter of ON CONFLICT.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        index_in_state(state, app_label, self.model_name, self.name)
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
            indexing.remove(schema_editor, model._meta.db_table, self.name)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            index = index_in_state(to_state, app_label, self.model_name, self.name)
            build(schema_editor, model, index)

    def describe(self) -> str:
        return f"Remove the index {self.name} from {self.model_name} concurrently"


def build(editor: BaseDatabaseSchemaEditor, model: type[Model], index: Index) -> None:
    statement: Any = index.create_sql(model, editor, concurrently=True)
    indexing.build(editor, model._meta.db_table, indexing.wanted(statement))


def index_in_state(state: ProjectState, app_label: str, model: str, name: str) -> Index:
    found = state_of(state, app_label, model).options.get("indexes", [])
    for index in found:
        if index.name == name:
            return index
    known = nearest(name, [index.name for index in found])
    raise Refused("index_unknown", model=f"{app_label}.{model}", name=name, nearest=known)
