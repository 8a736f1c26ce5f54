"""The indexes and constraints of a column that Django makes of its field itself."""

from __future__ import annotations

import re
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model

from zdt_deploy.schema import catalogue
from zdt_deploy.schema.operations import meta


def own_of(editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any) -> set[str]:
    """Their names: they go with the field, as the next one has its own. None of the model's Meta
    is among them, and none that somebody made by hand."""
    if editor.collect_sql:
        return set()
    table = model._meta.db_table
    shape, constraints = _shape(field), catalogue.constraints(editor.connection, table)
    checks = {  # as PostgreSQL names it, and as Django does where the field came to have one later
        f"{table.rpartition('.')[2]}_{field.column}"[:57] + "_check",
        editor._create_index_name(table, [field.column], suffix="_check"),  # type: ignore[attr-defined]
    }
    keys = _single_keys(constraints, field.column) if field.remote_field is not None else set()
    found = {
        name
        for name, index in catalogue.indexes(editor.connection, table).items()
        if shape.match(index.shape)
    }
    return (found | keys | (checks & constraints.keys())) - meta.names(model)


def of_meta_or_hand(editor: BaseDatabaseSchemaEditor, model: type[Model], field: Any) -> set[str]:
    """The names of all others of the table, but for foreign keys of the column alone."""
    table = model._meta.db_table
    constraints = catalogue.constraints(editor.connection, table)
    names = {*catalogue.indexes(editor.connection, table), *constraints}
    return names - own_of(editor, model, field) - _single_keys(constraints, field.column)


def _single_keys(constraints: dict[str, catalogue.Constraint], column: str) -> set[str]:
    return {
        n for n, there in constraints.items() if there.type == "f" and there.columns == (column,)
    }


def _shape(field: Any) -> re.Pattern[str]:
    """What the definitions of the field's own indexes are like, without the names."""
    column = re.escape(catalogue.quoted_name(field.column)) + "|" + re.escape(field.column)
    like = rf"btree \(({column}) (varchar|text)_pattern_ops\)"
    if field.unique:
        return re.compile(rf"^(unique btree \(({column})\)|{like})$")
    if field.db_index:
        return re.compile(rf"^(btree \(({column})\)|{like})$")
    return re.compile(r"^(?!)")
