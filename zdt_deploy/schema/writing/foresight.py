"""What the database would refuse of a change, as far as models and migration files tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError, connections, router
from django.db.migrations.state import ModelState, ProjectState

from zdt_core.exceptions import Refused
from zdt_deploy.schema.operations import meta
from zdt_deploy.schema.operations.base import require_name, state_of
from zdt_deploy.schema.writing.steps import Found

_NAMES = ("old_name", "new_name", "name")
_SEVERAL = ("names", "fields")


def require_possible(operation: Any, app_label: str, state: ProjectState) -> None:
    """Refuse columns that can't be doubled, and a conversion that is missing, unknown or has a
    policy that there isn't. No database is asked, except where a default has to be written."""
    for connection in connections.all():
        if connection.vendor != "postgresql":
            continue
        try:
            operation.fresh_spec(app_label, connection.schema_editor(collect_sql=True), state)
        except DatabaseError:
            continue


def require_unreferred(
    before: ProjectState, after: ProjectState, app_label: str, model: ModelState
) -> None:
    """Refuse to take a model away that others refer to."""
    key = app_label, model.name_lower
    if key in after.models:
        return
    heirs = {
        f"{other.app_label}.{other.name}"
        for other in before.models.values()
        if ".".join(key) in other.bases
    }
    fields = heirs | {
        f"{label}.{before.models[label, name].name}.{field}"
        for (label, name), theirs in before.relations.get(key, {}).items()
        for field in theirs
        if (label, name) != key
    }
    if fields:
        raise Refused(
            "schema_model_referred", model=f"{app_label}.{model.name}",
            fields=", ".join(sorted(fields)),
        )  # fmt: skip


def require_other_table(after: ProjectState, app_label: str, model: ModelState, name: str) -> None:
    """Refuse a new table name that is no other one, or that a table has which migrations make for
    another model on the same database."""
    require_name(name.rpartition(".")[2], _table(model))
    label = f"{app_label}.{model.name}"
    if name == _table(model):
        raise Refused("schema_is_so_already", model=label, field="db_table", change="rename-table")
    for key, other in after.models.items():
        if key == (app_label, model.name_lower) or other.options.get("proxy"):
            continue
        if not other.options.get("managed", True):
            continue
        if _table(other) == name and _databases(other) & _databases(model):
            owner = f"{other.app_label}.{other.name}"
            raise Refused("schema_table_taken", owner=owner, name=name, model=label)


def require_room(step: Found, begun: Mapping[str, Found], state: ProjectState) -> None:
    """Refuse what another change of the files has begun with, and not ended yet, also where
    something in the ``state`` of the model spans fields of both."""
    touched = _touched(step.operation)
    for other in begun.values():
        if (other.app_label, _model(other)) != (step.app_label, _model(step)):
            continue
        theirs = _touched(other.operation)
        if touched and theirs and not touched & theirs:
            _require_unspanned(step, other, touched, theirs, state)
        if touched is None or theirs is None:
            shared = sorted(touched or theirs or ())
        elif not (shared := sorted(touched & theirs)):
            continue
        raise Refused(
            "schema_under_way", key=step.key, other=other.key, migration=other.migration,
            shared=", ".join(shared) or _model(step),
        )  # fmt: skip


def _require_unspanned(
    step: Found, other: Found, touched: set[str], theirs: set[str], state: ProjectState
) -> None:
    model = state_of(state, step.app_label, _model(step))
    spans = meta.spanning(model, touched, theirs)
    if spans:
        raise Refused(
            "schema_spanned", key=step.key, other=other.key, migration=other.migration,
            what="; ".join(spans), model=f"{step.app_label}.{model.name}",
        )  # fmt: skip


def _touched(operation: Any) -> set[str] | None:
    """The fields and columns of the operation by name; None for all of the model."""
    given = operation.deconstruct()[2]
    if "model_name" not in given:
        return None
    found = {given[name] for name in _NAMES if name in given}
    for name in _SEVERAL:
        found.update(given.get(name, ()))
    fields = [given["field"]] if "field" in given else []
    fields += given["fields"].values() if "fields" in given else []
    return found | {field.db_column for field in fields if field.db_column}


def _databases(model: ModelState) -> set[str]:
    return {
        alias
        for alias in connections
        if router.allow_migrate(alias, model.app_label, model_name=model.name_lower)
    }


def _table(model: ModelState) -> str:
    return str(model.options.get("db_table") or f"{model.app_label}_{model.name_lower}")


def _model(step: Found) -> str:
    return str(step.operation.model_name).lower()
