"""Operations that come in two, each the other's way back."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Model

from zdt_deploy.schema.operations.base import ZdtOperation


class Opposites(ZdtOperation):
    """What an operation and its opposite know: how to put something on a table, and to take it
    off. The state that they get is the one in which the model has it."""

    def put(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        raise NotImplementedError

    def take(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        raise NotImplementedError


class Puts(Opposites):
    """Puts it on; reversed, takes it off."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            self.put(app_label, schema_editor, to_state, model)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, from_state, self.model_name)
        if model is not None:
            self.take(app_label, schema_editor, from_state, model)


class Takes(Opposites):
    """Takes it off; reversed, puts it on."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, from_state, self.model_name)
        if model is not None:
            self.take(app_label, schema_editor, from_state, model)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None:
            self.put(app_label, schema_editor, to_state, model)
