"""NOT NULL, set and dropped beside the running site."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model

from zdt_deploy.schema import constraining
from zdt_deploy.schema.operations.base import field_of, require_column
from zdt_deploy.schema.operations.fields import FieldChange
from zdt_deploy.schema.operations.opposites import Opposites, Puts, Takes


class _OfNotNull(FieldChange, Opposites):
    def put(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        table, column = self._column(editor, model)
        constraining.set_not_null(editor, table, column)

    def take(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        table, column = self._column(editor, model)
        constraining.drop_not_null(editor, table, column)

    def _column(self, editor: BaseDatabaseSchemaEditor, model: type[Model]) -> tuple[str, str]:
        table, column = model._meta.db_table, field_of(model, self.name).column
        require_column(editor, table, column)
        return table, column


class SetNotNull(_OfNotNull, Puts):
    """Make a field NOT NULL, with ``null=False`` in the models.

    Before it, only releases may be alive that write no NULL any more: it holds new rows to that
    from its first step on. It adds a CHECK that is NOT VALID, validates it, which takes time but
    holds nobody up, and lets it prove the NOT NULL. Where a row is NULL it takes the CHECK back.
    """

    def changed(self, field: Field[Any, Any]) -> None:
        field.null = False

    def describe(self) -> str:
        return f"Set {self.name} of {self.model_name} NOT NULL in short steps"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.name_lower}_not_null"


class DropNotNull(_OfNotNull, Takes):
    """Let a field be NULL, with ``null=True`` in the models.

    Every release may be alive before it. After it, releases that were not told may read a NULL as
    soon as a newer one writes it. Reversed, it is `SetNotNull`.
    """

    def changed(self, field: Field[Any, Any]) -> None:
        field.null = True

    def describe(self) -> str:
        return f"Drop NOT NULL from {self.name} of {self.model_name} in a short step"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.name_lower}_null"
