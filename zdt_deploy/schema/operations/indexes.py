"""Indexes, built and dropped beside the running site."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddIndex, RemoveIndex
from django.db.migrations.state import ProjectState
from django.db.models import Index, Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import indexing
from zdt_deploy.schema.operations.base import nearest, state_of
from zdt_deploy.schema.operations.elders import clear_twin
from zdt_deploy.schema.operations.opposites import Opposites, Puts, Takes


class _OfIndex(Opposites):
    def index_in(self, app_label: str, state: ProjectState) -> Index:
        """The index, from the state in which the model has it."""
        raise NotImplementedError

    def put(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        build(editor, model, self.index_in(app_label, state))

    def take(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        table, index = model._meta.db_table, self.index_in(app_label, state)
        indexing.remove(editor, table, index.name)
        clear_twin(editor, table, index.name)


class AddIndexConcurrently(_OfIndex, Puts, AddIndex):
    """Add an index of ``Meta.indexes`` without holding up writes.

    Every release may be alive before and after it: an index changes no answer. One that is there
    with the same definition is taken as it is; an invalid one is dropped and built again. On a
    partitioned table each partition gets its own, and the parent's is made of them.
    """

    def index_in(self, app_label: str, state: ProjectState) -> Index:
        return self.index

    def describe(self) -> str:
        return f"Add the index {self.index.name} to {self.model_name} concurrently"


class RemoveIndexConcurrently(_OfIndex, Takes, RemoveIndex):
    """Drop an index that ``Meta.indexes`` has no more, without holding up anybody.

    Every release may be alive before and after it, as long as none needs the index for speed, or
    as the arbiter of ON CONFLICT.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        index_in_state(state, app_label, self.model_name, self.name)
        super().state_forwards(app_label, state)

    def index_in(self, app_label: str, state: ProjectState) -> Index:
        return index_in_state(state, app_label, self.model_name, self.name)

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
