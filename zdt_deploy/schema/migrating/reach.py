"""Which tables and columns an operation is about, by the states of the migrations around it."""

from __future__ import annotations

from django.db import connections
from django.db.backends.utils import truncate_name
from django.db.migrations import RenameField, RenameModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from zdt_deploy.schema.models import SchemaChange


def model_names(operation: Operation) -> set[str]:
    """The models that the operation names, in lower case."""
    if isinstance(operation, RenameModel):
        return {operation.old_name_lower, operation.new_name_lower}
    name = getattr(operation, "model_name", None) or getattr(operation, "name", None)
    return {name.lower()} if isinstance(name, str) else set()


def tables(alias: str, app_label: str, operation: Operation, *states: ProjectState) -> set[str]:
    """The tables of the operation's model in the ``states``."""
    longest = connections[alias].ops.max_name_length()
    found = set()
    for state in states:
        for name in model_names(operation):
            if (model := state.models.get((app_label, name))) is not None:
                default = truncate_name(f"{app_label}_{name}", longest)
                found.add(model.options.get("db_table") or default)
    return found


def columns(app_label: str, operation: Operation, *states: ProjectState) -> frozenset[str]:
    """The columns of the operation's fields in the ``states``."""
    if isinstance(operation, RenameField):
        names = {operation.old_name, operation.new_name}
    else:
        names = {getattr(operation, "name", "")}
    found = set()
    for state in states:
        for model in model_names(operation):
            fields = state.models[app_label, model].fields
            found |= {_column(name, fields[name]) for name in names & fields.keys()}
    return frozenset(found)


def views(change: SchemaChange) -> set[str]:
    """The names that are views over tables for as long as the change is open."""
    pairs = [each for each in change.spec.get("tables", ()) if not isinstance(each, str)]
    return {new for _old, new in pairs}


def all_tables(change: SchemaChange) -> set[str]:
    """The tables of the change by all of their names."""
    names = change.spec.get("tables", ())
    old = {each if isinstance(each, str) else each[0] for each in names}
    return {change.table, *old, *views(change)}


def _column(name: str, field: object) -> str:
    bound = field.clone()  # type: ignore[attr-defined]
    bound.set_attributes_from_name(name)
    return str(bound.column)
