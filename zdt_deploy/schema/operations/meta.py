"""Follows a renamed field through a model's Meta, as the next release's model has it."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection
from typing import Any

from django.db.migrations.state import ModelState, ProjectState
from django.db.models import F, Index, Model, Q, Value, When
from django.db.models.expressions import BaseExpression, RawSQL
from django.db.models.lookups import Lookup

from zdt_core.exceptions import Refused

_AUTO = re.compile(r"_[0-9a-f]{6}_idx$")
_TEXTS = ("name", "violation_error_message", "violation_error_code", "opclasses", "db_tablespace")
"""What an index or constraint is given that names no field."""
_OF_WHEN = ("condition", "then")


def rename(state: ProjectState, app_label: str, model_name: str, old: str, new: str) -> None:
    """Let indexes, constraints and the order of a model in the state name the ``new`` field.

    An index whose name Django made of its fields gets the name that Django makes of the new ones.
    """
    if old == new:
        return
    model = state.models[app_label, model_name]
    options = model.options
    for name in ("indexes", "constraints"):
        if options.get(name):
            options[name] = [_renamed(each, old, new) for each in options[name]]
    if options.get("ordering"):
        options["ordering"] = type(options["ordering"])(
            _ordered(each, old, new) for each in options["ordering"]
        )
    for name in ("get_latest_by", "order_with_respect_to"):
        if options.get(name):
            options[name] = _renamed_value(options[name], old, new)
    state.reload_model(app_label, model_name, delay=False)
    _name_indexes_anew(state, app_label, model_name, old, new)


def finals(old: type[Model], new: type[Model]) -> dict[str, str]:
    """The names of indexes and constraints that are others on the new model."""
    before, after = old._meta, new._meta
    return {
        one.name: other.name
        for one, other in (
            *zip(before.indexes, after.indexes, strict=False),
            *zip(before.constraints, after.constraints, strict=False),
        )
        if one.name != other.name
    }


def names(model: type[Model]) -> set[str]:
    """The names of the indexes and constraints in the model's Meta."""
    return {each.name for each in (*model._meta.indexes, *model._meta.constraints)}


def require_unnamed(model: type[Model], fields: list[str]) -> None:
    """Refuse fields that the model's Meta names: the next model's Meta can't be told from it."""
    together = {name for group in model._meta.unique_together for name in group}
    named = [name for name in fields if name in together]
    for each in (*model._meta.indexes, *model._meta.constraints):
        if _names(each, fields):
            named.append(each.name)
    if named:
        raise Refused(
            "fields_in_meta", model=model._meta.label, fields=", ".join(fields),
            named=", ".join(sorted(set(named))),
        )  # fmt: skip


def spanning(model: ModelState, one: Collection[str], other: Collection[str]) -> list[str]:
    """What in the Meta of a model of the state names fields of both."""
    groups = [set(group) for group in model.options.get("unique_together") or ()]
    found = [
        ", ".join(sorted(group)) for group in groups if group & set(one) and group & set(other)
    ]
    parts = [*model.options.get("indexes", ()), *model.options.get("constraints", ())]
    return found + [each.name for each in parts if _names(each, one) and _names(each, other)]


def holding(model: ModelState, field: str) -> list[str]:
    """What in the Meta of a model of the state can't be without the field."""
    groups = [set(group) for group in model.options.get("unique_together") or ()]
    found = [", ".join(sorted(group)) for group in groups if field in group]
    if model.options.get("order_with_respect_to") == field:
        found.append("order_with_respect_to")
    constraints = model.options.get("constraints", ())
    return found + [each.name for each in constraints if _names(each, [field])]


def _names(each: Any, fields: Collection[str]) -> bool:
    """Whether an index or constraint names one of the fields."""
    _path_of_class, args, kwargs = each.deconstruct()
    given = (args, kwargs)
    return any(_renamed_value(given, field, f"{field}_") != given for field in fields)


def _name_indexes_anew(
    state: ProjectState, app_label: str, model_name: str, old: str, new: str
) -> None:
    """Auto-named indexes: those whose name is what Django would have made of the old field.

    Only they need the models, whose making takes long in a large project.
    """
    indexes = state.models[app_label, model_name].options.get("indexes") or []
    if not any(_AUTO.search(index.name) for index in indexes):
        return
    model = state.apps.get_model(app_label, model_name)
    changed = []
    for index in indexes:
        auto = index.clone()
        if index.fields and new in [name for name, _order in index.fields_orders]:
            was = _renamed(index, new, old)
            if _auto_name(was, model, old, new) == index.name:
                auto = index.clone()
                auto.name = ""
                auto.set_name_with_model(model)
        changed.append(auto)
    if [index.name for index in changed] != [index.name for index in indexes]:
        state.models[app_label, model_name].options["indexes"] = changed
        state.reload_model(app_label, model_name, delay=False)


def _auto_name(index: Index, model: type[Model], old: str, new: str) -> str:
    """The name that Django made while the field was called ``old``."""
    found = index.clone()
    found.name = ""
    meta = copy.copy(model._meta)
    field: Any = copy.copy(model._meta.get_field(new))
    field.name, field.column = old, _column(field, old)
    meta.get_field = lambda name: field if name == old else model._meta.get_field(name)  # type: ignore[method-assign, assignment]

    class Stub:
        _meta = meta

    found.set_name_with_model(Stub)  # type: ignore[arg-type]
    return str(found.name)


def _column(field: Any, name: str) -> str:
    bare = field.clone()
    bare.db_column = None
    bare.set_attributes_from_name(name)
    return str(bare.column)


def _ordered(each: Any, old: str, new: str) -> Any:
    if isinstance(each, str):
        sign = "-" if each.startswith("-") else ""
        return sign + _path(each.removeprefix("-"), old, new)
    return _renamed_value(each, old, new)


def _renamed(each: Any, old: str, new: str) -> Any:
    _path_of_class, args, kwargs = each.deconstruct()
    args, kwargs = _renamed_value(args, old, new), _renamed_value(kwargs, old, new)
    kwargs["name"] = each.name
    return type(each)(*args, **kwargs)


def _renamed_value(value: Any, old: str, new: str) -> Any:
    """The value with each reference to the field ``old`` replaced, however deep it lies."""
    if isinstance(value, Q):
        made = copy.copy(value)
        made.children = [_renamed_child(child, old, new) for child in value.children]
        return made
    if isinstance(value, F):
        return type(value)(_path(str(value.name), old, new))  # type: ignore[attr-defined]
    if isinstance(value, str):
        sign = "-" if value.startswith("-") else ""
        return sign + _path(value.removeprefix("-"), old, new)
    if isinstance(value, dict):
        return {
            name: inner if name in _TEXTS else _renamed_value(inner, old, new)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return type(value)(_renamed_value(inner, old, new) for inner in value)
    if isinstance(value, BaseExpression) and not isinstance(value, Value | RawSQL):
        args, kwargs = getattr(value, "_constructor_args", ((), {}))
        kwargs = _renamed_options(value, kwargs, old, new)
        if isinstance(value, Lookup):
            left, right = _renamed_value(args[:1], old, new), _renamed_operand(args[1:], old, new)
            return type(value)(*left, *right, **kwargs)
        return type(value)(*_renamed_value(args, old, new), **kwargs)
    return value


def _renamed_options(value: BaseExpression, given: Any, old: str, new: str) -> Any:
    """What an expression was given by name; `When` takes lookups among it."""
    if not isinstance(value, When):
        return _renamed_value(given, old, new)
    return dict(
        (name, _renamed_value(inner, old, new))
        if name in _OF_WHEN
        else _renamed_child((name, inner), old, new)
        for name, inner in given.items()
    )


def _renamed_child(child: Any, old: str, new: str) -> Any:
    if isinstance(child, tuple):
        name, value = child
        return _path(name, old, new), _renamed_operand(value, old, new)
    return _renamed_value(child, old, new)


def _renamed_operand(value: Any, old: str, new: str) -> Any:
    """What a lookup compares with: texts are values there, and name no field."""
    if isinstance(value, list | tuple):
        return type(value)(_renamed_operand(inner, old, new) for inner in value)
    return value if isinstance(value, str | dict) else _renamed_value(value, old, new)


def _path(path: str, old: str, new: str) -> str:
    first, separator, rest = path.partition("__")
    return f"{new if first == old else first}{separator}{rest}"
