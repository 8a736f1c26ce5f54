"""Begins a change, or writes its next step: from names to a migration file, or a refusal."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from zdt_core.exceptions import Refused
from zdt_deploy.schema.operations.base import field_in_state, state_of
from zdt_deploy.schema.operations.fields import FieldChange
from zdt_deploy.schema.writing import called, files, foresight, recipes, steps
from zdt_deploy.schema.writing.recipes import Recipe
from zdt_deploy.schema.writing.steps import Found

_OF_FIELDS = ("not-null", "null", "add-foreign-key", "drop-foreign-key")
"""Changes for which models.py is ahead, of a field that is there."""
_AS_TYPED = ("lossy", "acknowledge")


@dataclass(frozen=True, slots=True)
class Written:
    """``key`` and ``step`` are empty for a change of one step; ``left`` are differences between
    models.py and the migrations that are still there."""

    path: Path
    key: str
    step: str
    advice: str
    left: list[str]


def begin(
    word: str, model: str, names: Sequence[str], options: Mapping[str, Any], *, name: str = ""
) -> Written:
    """Write the first step of a change of ``model`` ("app.Model")."""
    called.require_file(name)
    recipe, loader = recipes.RECIPES[word], _loader()
    state = loader.project_state()
    app_label, found = _model(state, model)
    called.require_fields(recipe.adds(names))
    _require_free(found, recipe.adds(names))
    operation = recipe.operation(found, names, _options(recipe, app_label, found, names, options))
    step = steps.of_operation(app_label, operation)
    if step is not None:
        _require_new(loader, step, state)
    after = _try(operation, app_label, state)
    foresight.require_unreferred(state, after, app_label, found)
    if word == "rename-table":
        foresight.require_other_table(after, app_label, found, names[0])
    if step is not None and step.step == steps.EXPAND:
        foresight.require_possible(operation, app_label, state)
    if isinstance(operation, FieldChange):
        _require_difference(found, state_of(after, app_label, found.name), names[0], recipe.word)
    return _write(loader, app_label, operation, f"{app_label}.{found.name}", recipe, name)


def go_on(key: str | None, *, name: str = "") -> Written:
    """Write the next step of the change ``key``; of the only one that has one, without a key."""
    called.require_file(name)
    loader = _loader()
    last = _which(steps.unfinished(loader), key)
    before = loader.project_state((last.app_label, last.migration), at_end=False)
    found = state_of(before, last.app_label, last.operation.model_name)
    operation = recipes.after(last.operation, _columns(last, before, found))
    _try(operation, last.app_label, loader.project_state())
    return _write(loader, last.app_label, operation, f"{last.app_label}.{found.name}", None, name)


def _write(
    loader: MigrationLoader,
    app_label: str,
    operation: Any,
    model: str,
    recipe: Recipe | None,
    name: str,
) -> Written:
    step = steps.of_operation(app_label, operation)
    left = _differences(loader, app_label, operation)
    if left and step is not None and step.step == steps.EXPAND:
        raise Refused("schema_models_ahead", app=app_label, changes="; ".join(left))
    path = files.write(loader, app_label, [operation], name)
    if step is not None:
        return Written(path, step.key, step.step, recipes.advice(operation, model), left)
    text = str(recipe.advice[""] if recipe else "").format(**recipes.facts(operation, model))
    return Written(path, "", "", text, left)


def _loader() -> MigrationLoader:
    return MigrationLoader(None)


def _model(state: ProjectState, model: str) -> tuple[str, ModelState]:
    app_label, dot, name = model.partition(".")
    if not (app_label and dot and name.isidentifier()):
        raise Refused("schema_model_unwritten", model=model)
    return app_label, state_of(state, app_label, name)


def _require_free(model: ModelState, names: Sequence[str]) -> None:
    fields = dict(model.fields)
    taken = set(fields) | {
        found for name, field in fields.items() if (found := field.db_column or f"{name}")
    }
    for name in names:
        if name in taken:
            raise Refused("schema_name_taken", model=f"{model.app_label}.{model.name}", name=name)


def _require_new(loader: MigrationLoader, step: Found, state: ProjectState) -> None:
    for found in steps.unfinished(loader).values():
        if found.key == step.key:
            raise Refused("schema_begun_already", key=step.key, migration=found.migration)
    foresight.require_room(step, steps.unfinished(loader), state)


def _try(operation: Any, app_label: str, state: ProjectState) -> ProjectState:
    """Let the operation refuse what the models' state tells already; the state after it."""
    after = state.clone()
    if getattr(operation, "step", "") == steps.EXPAND:
        operation.switched(app_label, after)
    else:
        operation.state_forwards(app_label, after)
    return after


def _require_difference(before: ModelState, after: ModelState, name: str, word: str) -> None:
    if before.fields[name].deconstruct()[1:] == after.fields[name].deconstruct()[1:]:
        label = f"{before.app_label}.{before.name}"
        raise Refused("schema_is_so_already", model=label, field=name, change=word)


def _options(
    recipe: Recipe,
    app_label: str,
    model: ModelState,
    names: Sequence[str],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """What the operation takes besides names: as typed, or as models.py has it."""
    given = _given(recipe, options)
    _make_fields(recipe, model, given)
    added = recipe.word == "add-field" or (
        recipe.word == "add-foreign-key" and names[0] not in model.fields
    )
    if not added and (not recipe.ahead or recipe.word in _OF_FIELDS):
        for name in names[:1] if recipe.word == "rename" else names if recipe.takes else ():
            if recipe.word != "rename-table":
                field_in_state_of(model, name)
    if added:
        given["field"] = _of_models(app_label, model, names[0], "field")
    if recipe.word in ("add-index", "add-constraint"):
        given["part"] = _of_models(app_label, model, names[0], recipe.word.removeprefix("add-"))
    return given


def _given(recipe: Recipe, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were typed. Raises Refused for one that the change doesn't take."""
    given: dict[str, Any] = {}
    for name, value in options.items():
        if not value:
            continue
        if name not in recipe.options:
            raise Refused("schema_option_untaken", option=name, change=recipe.word)
        if name in _AS_TYPED:
            given[name] = value
        else:
            single = name not in recipe.many
            given[name] = _single(name, value) if single else _by_name(name, value)
    return given


def _by_name(option: str, values: Sequence[str]) -> dict[str, str]:
    """``["first=split_part(…)"]`` as a dictionary."""
    parts = [text.partition("=") for text in values]
    for (name, equals, value), text in zip(parts, values, strict=True):
        if not (equals and name.strip().isidentifier() and value.strip()):
            raise Refused("schema_option_unnamed", option=option, text=text)
    return {name.strip(): value.strip() for name, _equals, value in parts}


def _single(option: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if len(value) != 1:
        raise Refused("schema_option_once", option=option)
    return str(value[0])


def _make_fields(recipe: Recipe, model: ModelState, given: dict[str, Any]) -> None:
    """Put fields in the place of their text. Raises Refused for one that is missing."""
    if recipe.word in ("alter", "split", "merge") and "field" not in given:
        raise Refused("schema_option_missing", option="field", change=recipe.word)
    if recipe.word == "merge" and len(given["field"]) != 1:
        raise Refused("schema_option_once", option="field")
    if "field" in given and "field" in recipe.many:
        called.require_fields(given["field"])
        _require_free(model, list(given["field"]))
        given["field"] = {name: _field(text) for name, text in given["field"].items()}
    elif "field" in given:
        given["field"] = _field(given["field"])
        if recipe.word == "alter" and given["field"].db_column:
            _require_free(model, [given["field"].db_column])


def field_in_state_of(model: ModelState, name: str) -> Any:
    """The field of a model in the migrations' state. Raises Refused with the nearest name."""
    state = ProjectState({(model.app_label, model.name_lower): model})
    return field_in_state(state, model.app_label, model.name, name)


def _of_models(app_label: str, model: ModelState, name: str, what: str) -> Any:
    """The field, index or constraint that models.py has and the migrations lack."""
    present: Any = apps.get_model(app_label, model.name)
    if what == "field":
        known = {field.name: field.clone() for field in present._meta.local_fields}
        taken = set(model.fields)
    else:
        listed = present._meta.indexes if what == "index" else present._meta.constraints
        known = {each.name: each for each in listed}
        key = "indexes" if what == "index" else "constraints"
        taken = {each.name for each in model.options.get(key, [])}
    if name not in known or name in taken:
        raise Refused(
            "schema_models_behind", what=what, name=name, model=f"{app_label}.{model.name}"
        )
    return known[name]


def _field(text: str) -> models.Field[Any, Any]:
    """A field written as in models.py; it goes into a migration file of whoever types it."""
    try:
        if not isinstance(ast.parse(text, mode="eval").body, ast.Call):
            raise ValueError("it calls nothing")
        made = eval(text, {"models": models})  # noqa: S307
    except Exception as error:
        raise Refused("schema_field_unreadable", text=text, error=str(error)) from None
    if not isinstance(made, models.Field):
        raise Refused("schema_field_unreadable", text=text, error=type(made).__name__)
    return made


def _which(open_: Mapping[str, Found], key: str | None) -> Found:
    """The change ``key``, of which a part will do."""
    keys = ", ".join(sorted(open_)) or "-"
    if key is not None and key in open_:
        return open_[key]
    meant = [name for name in sorted(open_) if key is None or key.lower() in name.lower()]
    if key is not None and not meant:
        raise Refused("schema_not_in_files", key=key, keys=keys)
    if not meant:
        raise Refused("schema_nothing_next")
    if len(meant) > 1:
        raise Refused("schema_which_next", keys=", ".join(meant))
    return open_[meant[0]]


def _columns(last: Found, before: ProjectState, model: ModelState) -> dict[str, str]:
    """The column or table of what was retired, where it isn't the one that Django would choose."""
    name = type(last.operation).__name__
    if name == "RetireField":
        rendered = before.apps.get_model(last.app_label, model.name)
        column = rendered._meta.get_field(last.operation.name).column
        return {} if column == last.operation.name else {"column": column}
    if name == "RetireModel":
        rendered = before.apps.get_model(last.app_label, model.name)
        table = rendered._meta.db_table
        return {} if table == f"{last.app_label}_{model.name_lower}" else {"table": table}
    return {}


def _differences(loader: MigrationLoader, app_label: str, operation: Any) -> list[str]:
    """What makemigrations would still write for the app after ``operation``."""
    state = loader.project_state()
    operation.state_forwards(app_label, state)
    changes = MigrationAutodetector(state, ProjectState.from_apps(apps)).changes(loader.graph)
    return [
        each.describe() for migration in changes.get(app_label, []) for each in migration.operations
    ]
