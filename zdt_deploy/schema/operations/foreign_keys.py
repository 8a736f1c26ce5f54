"""The constraint of a ForeignKey that is there."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import adding, constraining
from zdt_deploy.schema.operations.base import field_of
from zdt_deploy.schema.operations.fields import FieldChange
from zdt_deploy.schema.operations.opposites import Opposites, Puts, Takes


class _OfForeignKey(FieldChange, Opposites):
    def put(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        add_foreign_key(editor, model, _relation(model, self.name))

    def take(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        model: type[Model],
    ) -> None:
        drop_foreign_key(editor, model, _relation(model, self.name))


class AddForeignKeyConstraint(_OfForeignKey, Puts):
    """Give a ForeignKey that had ``db_constraint=False`` its constraint in the database.

    Before it, only releases may be alive that write no id that isn't there. It is added NOT VALID,
    and validated; where a row violates it, it is taken back.
    """

    def changed(self, field: Field[Any, Any]) -> None:
        setattr(field, "db_constraint", True)  # noqa: B010

    def describe(self) -> str:
        return f"Add the foreign key of {self.name} of {self.model_name} in short steps"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.name_lower}_fk"


class RemoveForeignKeyConstraint(_OfForeignKey, Takes):
    """Drop a ForeignKey's constraint in the database, with ``db_constraint=False`` in the models.

    Every release may be alive before it. After it, each must cope with ids that aren't there.
    """

    def changed(self, field: Field[Any, Any]) -> None:
        setattr(field, "db_constraint", False)  # noqa: B010

    def describe(self) -> str:
        return f"Remove the foreign key of {self.name} of {self.model_name} in a short step"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.name_lower}_no_fk"


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


def _relation(model: type[Model], name: str) -> Any:
    field = field_of(model, name)
    if not field.many_to_one and not field.one_to_one:
        raise Refused("field_not_relation", model=model._meta.label, field=name)
    return field
