"""What all operations of schema changes share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from django.db import router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field, Model

from zdt_core import database, events
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, ddl
from zdt_deploy.schema.models import SchemaChange

_LONGEST = 63
"""Bytes of a name that PostgreSQL keeps."""
_SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")


class ZdtOperation(Operation):
    """Runs in a migration with ``atomic = False``, in short steps that may be run again."""

    atomic = False
    model_name: str

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state_of(state, app_label, self.model_name)
        super().state_forwards(app_label, state)

    def here(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState, name: str
    ) -> type[Model] | None:
        """The model ``name`` where this database has its table; None where the router keeps it
        elsewhere. Refuses what can't work, before anything is changed."""
        model = model_of(state, app_label, name)
        alias = editor.connection.alias
        if not model._meta.can_migrate(alias):
            return None
        if not router.allow_migrate_model(alias, model):
            return None
        self.require_ground(editor)
        if not editor.collect_sql:
            require_table(editor, model._meta.db_table)
        return model

    def require_ground(self, editor: BaseDatabaseSchemaEditor) -> None:
        """Refuse other databases than PostgreSQL, and migrations in a transaction."""
        if editor.connection.vendor != "postgresql":
            raise Refused(
                "not_postgresql", what=self.describe(), alias=editor.connection.alias,
                vendor=editor.connection.vendor,
            )  # fmt: skip
        ddl.require_no_transaction(editor, self.describe())
        if getattr(self, "step", None) and not editor.collect_sql:
            require_record(self.describe())


def model_of(state: ProjectState, app_label: str, name: str) -> type[Model]:
    """The model as the migrations before this one leave it."""
    state_of(state, app_label, name)
    return state.apps.get_model(app_label, name)


def state_of(state: ProjectState, app_label: str, name: str) -> ModelState:
    found = state.models.get((app_label, name.lower()))
    if found is None:
        known = [model for label, model in state.models if label == app_label]
        raise Refused("model_unknown", model=f"{app_label}.{name}", nearest=nearest(name, known))
    return found


def field_of(model: type[Model], name: str) -> Any:
    """The model's own field; refuses a name that there isn't, and one that has no column."""
    fields = {field.name: field for field in (*model._meta.local_fields, *model._meta.many_to_many)}
    if name not in fields:
        raise Refused(
            "model_field_unknown",
            model=model._meta.label,
            field=name,
            nearest=nearest(name, fields),
        )
    if fields[name].column is None or fields[name].many_to_many:
        raise Refused("field_without_column", model=model._meta.label, field=name)
    return fields[name]


def field_in_state(state: ProjectState, app_label: str, model: str, name: str) -> Field[Any, Any]:
    found = state_of(state, app_label, model)
    if name not in found.fields:
        raise Refused(
            "model_field_unknown", model=f"{app_label}.{model}", field=name,
            nearest=nearest(name, found.fields),
        )  # fmt: skip
    return found.fields[name]


def require_name(name: str, old: str) -> None:
    """Refuse what PostgreSQL would cut off or not take as the name of a column or table, instead of
    ``old``."""
    if not name or len(name.encode()) > _LONGEST or name in _SYSTEM_COLUMNS:
        raise Refused("name_not_stored", name=name, old=old, longest=_LONGEST)


def require_table(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    if not catalogue.table_exists(editor.connection, table):
        raise Refused("table_missing", table=table, alias=editor.connection.alias)


def require_record(what: str) -> None:
    """Refuse to begin what can't go on record, as in a new database where zdt comes later."""
    here = database.connection()
    needed = (*events.tables(), SchemaChange._meta.db_table)
    missing = [table for table in needed if not catalogue.table_exists(here, table)]
    if missing:
        raise Refused(
            "schema_record_missing", what=what, tables=", ".join(missing), alias=database.alias()
        )


def require_column(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> None:
    """Refuse where the database lacks what the state of the migrations has."""
    if editor.collect_sql:
        return
    found = catalogue.columns(editor.connection, table)
    if column not in found:
        raise Refused(
            "column_missing", table=table, column=column, alias=editor.connection.alias,
            known=", ".join(found),
        )  # fmt: skip


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like ``name``, or all of them."""
    names = sorted(known)
    return next(iter(difflib.get_close_matches(name.lower(), names, 1)), ", ".join(names) or "-")
