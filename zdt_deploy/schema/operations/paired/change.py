"""A change with old and new columns, and what its operations have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model

from zdt_deploy.schema.operations import steps
from zdt_deploy.schema.operations.base import model_of


class Change(steps.Change):
    """What one kind of change is: set on the operations by inheritance, and by each kind itself."""

    lossy: bool = False
    acknowledge: Sequence[str] = ()

    def spec(
        self, editor: BaseDatabaseSchemaEditor, old: type[Model], new: type[Model]
    ) -> dict[str, Any]:
        """All that the physical steps need, from the old and the new model."""
        raise NotImplementedError

    def belongings(self, new: type[Model]) -> list[Field[Any, Any]]:
        """The new fields whose indexes and constraints Django names anew."""
        return []

    def leaving(self, old: type[Model]) -> list[Field[Any, Any]]:
        """The old fields that leave theirs behind when they go."""
        return []

    def arguments(self) -> dict[str, Any]:
        """What all three operations of one change have in common."""
        raise NotImplementedError


class PairedOperation(steps.Step, Change):
    """One of three operations of a change."""

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        given = {name: value for name, value in self.arguments().items() if value not in _ABSENT}
        return type(self).__name__, [], given

    def models(
        self, app_label: str, state: ProjectState, editor: BaseDatabaseSchemaEditor
    ) -> tuple[type[Model], type[Model]] | None:
        """The old and the new model, from a ``state`` of the old one; None if not on this alias."""
        old = self.here(app_label, editor, state, self.model_name)
        if old is None:
            return None
        after = state.clone()
        self.switched(app_label, after)
        return old, model_of(after, app_label, self.model_name)

    def fresh_spec(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> dict[str, Any] | None:
        found = self.models(app_label, state, editor)
        return None if found is None else self.spec(editor, *found)


_ABSENT: tuple[Any, ...] = (None, (), False, "raise")
