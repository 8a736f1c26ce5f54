"""Columns that the release before doesn't know of."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddField
from django.db.migrations.state import ProjectState
from django.db.models import Field

from zdt_core.exceptions import Refused
from zdt_deploy.schema import adding
from zdt_deploy.schema.operations.base import ZdtOperation, field_of, model_of


class _AddColumn(ZdtOperation, AddField):
    """A column in a short step, then its index CONCURRENTLY, then its constraints."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if self.here(app_label, schema_editor, from_state, self.model_name) is not None:
            model = model_of(to_state, app_label, self.model_name)
            adding.add_column(schema_editor, model, field_of(model, self.name))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if self.here(app_label, schema_editor, to_state, self.model_name) is not None:
            model = model_of(from_state, app_label, self.model_name)
            field = field_of(model, self.name)
            adding.drop_column(schema_editor, model._meta.db_table, field.column)


class AddFieldWithDefault(_AddColumn):
    """Add a field whose default lies in the database (``db_default``).

    The release before may be alive before and after it: its INSERTs don't name the column, and
    PostgreSQL fills it in. Rows that are there already have the default at once, without being
    written. Its index (``db_index``) is built CONCURRENTLY.

    A default that differs from row to row (``gen_random_uuid()``, a sequence) would write the
    whole table under a lock, and is refused: add the field with ``null=True`` and without a
    default, set the default with AlterField, and fill the old rows by a backfill.
    """

    def __init__(
        self, model_name: str, name: str, field: Field[Any, Any], preserve_default: bool = True
    ) -> None:
        if not field.has_db_default():
            raise Refused("default_missing", model=model_name, field=name)
        super().__init__(model_name, name, field, preserve_default)

    def describe(self) -> str:
        return f"Add the field {self.name} to {self.model_name} with a default of the database"


class AddForeignKey(_AddColumn):
    """Add a ForeignKey or OneToOneField with ``null=True``, or with a ``db_default``.

    The release before may be alive before and after it, as it doesn't name the column. But it
    does not know the field either when it deletes what the field refers to: with
    ``on_delete=CASCADE`` such a DELETE of an older release fails once a newer one has written a
    reference. Column, index (CONCURRENTLY), constraint (NOT VALID) and its validation are four
    steps; no two tables are locked for longer than an instant.
    """

    def __init__(
        self, model_name: str, name: str, field: Field[Any, Any], preserve_default: bool = True
    ) -> None:
        if not field.many_to_one and not field.one_to_one:
            raise Refused("field_not_relation", model=model_name, field=name)
        if not field.null and not field.has_db_default():
            raise Refused("foreign_key_not_null", model=model_name, field=name)
        super().__init__(model_name, name, field, preserve_default)

    def describe(self) -> str:
        return f"Add the foreign key {self.name} to {self.model_name} in short steps"
