"""The changes that `zdt_schema new` writes: what each takes, and what models.py needs when.

``{…}`` in the advice are the facts of the change. Each step goes into a release of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core.exceptions import Refused

_POLICY = ("overflow", "lossy", "acknowledge")
_CONVERSION = ("field", "up", "down", *_POLICY)
STAY = _("models.py stays as it is in this release.")


@dataclass(frozen=True, slots=True)
class Recipe:
    """``takes`` names what comes after the model on the command line.

    ``operation`` builds the first operation from the model's name, those names and the options;
    ``advice`` says for each step what to do with models.py. ``adds`` is the name that must be free.
    ``ahead`` where models.py is changed before the migration is written, ``options`` those that it
    takes, ``many`` of them those that are given as NAME=…, once for each field.
    """

    word: str
    takes: tuple[str, ...]
    does: Any
    operation: Callable[[Any, Sequence[str], Mapping[str, Any]], Any]
    advice: Mapping[str, Any]
    ahead: bool = False
    options: tuple[str, ...] = ()
    many: tuple[str, ...] = ()
    adds: Callable[[Sequence[str]], list[str]] = field(default=lambda names: [])


def _operations() -> Any:
    from zdt_deploy.schema import operations  # needs the apps

    return operations


def _named(name: str) -> Callable[[Any, Sequence[str], Mapping[str, Any]], Any]:
    """The operation ``name`` of a model, with the names and options as they are typed."""

    def build(model: Any, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return getattr(_operations(), name)(model.name_lower, *names, **options)

    return build


def _split(model: Any, names: Sequence[str], options: Mapping[str, Any]) -> Any:
    return _operations().ExpandSplitField(
        model.name_lower, names[0], options["field"], options.get("up") or {},
        options.get("down") or "", **_policy(options),
    )  # fmt: skip


def _merge(model: Any, names: Sequence[str], options: Mapping[str, Any]) -> Any:
    ((name, field),) = options["field"].items()
    return _operations().ExpandMergeFields(
        model.name_lower, list(names), name, field, options.get("up") or "",
        options.get("down") or {}, **_policy(options),
    )  # fmt: skip


def _policy(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in _POLICY if name in options}


def _retire_model(model: Any, names: Sequence[str], options: Mapping[str, Any]) -> Any:
    return _operations().RetireModel(model.name)


def _new_field(model: Any, names: Sequence[str], options: Mapping[str, Any]) -> Any:
    operations, added = _operations(), options["field"]
    relation = added.many_to_one or added.one_to_one
    kind = operations.AddForeignKey if relation else operations.AddFieldWithDefault
    return kind(model.name_lower, names[0], added)


def _foreign_key(model: Any, names: Sequence[str], options: Mapping[str, Any]) -> Any:
    """A new field, or the constraint of one that is there."""
    if "field" in options:
        return _operations().AddForeignKey(model.name_lower, names[0], options["field"])
    return _constraint_of_key("AddForeignKeyConstraint")(model, names, options)


def _constraint_of_key(name: str) -> Callable[[Any, Sequence[str], Mapping[str, Any]], Any]:
    def build(model: Any, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        there = model.fields[names[0]]
        if not there.many_to_one and not there.one_to_one:
            label = f"{model.app_label}.{model.name}"
            raise Refused("field_not_relation", model=label, field=names[0])
        return _named(name)(model, names, options)

    return build


def _new_part(name: str) -> Callable[[Any, Sequence[str], Mapping[str, Any]], Any]:
    def build(model: Any, names: Sequence[str], options: Mapping[str, Any]) -> Any:
        return getattr(_operations(), name)(model.name_lower, options["part"])

    return build


_RESHAPE = _("In models.py put {new} in the place of {old}, and change the code that uses them.")
_SWITCH_RENAME = _("In models.py rename {old} to {new}, and its uses in all code of this release.")

RECIPES = {
    recipe.word: recipe
    for recipe in (
        Recipe(
            "rename",
            ("OLD", "NEW"),
            _("rename a field and its column"),
            _named("ExpandRenameField"),
            {"expand": STAY, "switch": _SWITCH_RENAME, "contract": STAY},
            options=("acknowledge",),
            adds=lambda names: [names[1]],
        ),
        Recipe(
            "alter",
            ("FIELD",),
            _("another type, with --field, --up and --down"),
            _named("ExpandAlterField"),
            {
                "expand": STAY,
                "switch": _("In models.py make {old} the new {field} with db_column “{column}”."),
                "contract": STAY,
            },
            options=_CONVERSION,
        ),
        Recipe(
            "split",
            ("FIELD",),
            _("one field into several, with a --field NAME=…, an --up NAME=… for each, and --down"),
            _split,
            {"expand": STAY, "switch": _RESHAPE, "contract": STAY},
            options=_CONVERSION,
            many=("field", "up"),
        ),
        Recipe(
            "merge",
            ("FIELD", "FIELD…"),
            _("several fields into one, with --field NAME=…, --up, and a --down NAME=… for each"),
            _merge,
            {"expand": STAY, "switch": _RESHAPE, "contract": STAY},
            options=_CONVERSION,
            many=("field", "down"),
        ),
        Recipe(
            "rename-table",
            ("TABLE",),
            _("another table name for a model"),
            _named("ExpandRenameTable"),
            {
                "expand": STAY,
                "switch": _("In models.py set db_table = “{new}” in the Meta of {model}."),
                "contract": STAY,
            },
        ),
        Recipe(
            "drop-field",
            ("FIELD",),
            _("a field out of the models, then its column out of the table"),
            _named("RetireField"),
            {"switch": _("In models.py delete {old}, and its uses in the code."), "contract": STAY},
        ),
        Recipe(
            "drop-table",
            (),
            _("a model out of the code, then its table out of the database"),
            _retire_model,
            {
                "switch": _("In models.py delete {model}, and its uses in the code."),
                "contract": STAY,
            },
        ),
        Recipe(
            "not-null",
            ("FIELD",),
            _("NOT NULL on a field that no release writes NULL to any more"),
            _named("SetNotNull"),
            {"": _("In models.py {old} has null=False from this release on.")},
            ahead=True,
        ),
        Recipe(
            "null",
            ("FIELD",),
            _("NULL allowed again"),
            _named("DropNotNull"),
            {"": _("In models.py {old} has null=True from this release on.")},
            ahead=True,
        ),
        Recipe(
            "add-field",
            ("FIELD",),
            _("a field of models.py with a db_default, or a foreign key"),
            _new_field,
            {"": _("models.py has {old} from this release on; the release before ignores it.")},
            ahead=True,
        ),
        Recipe(
            "add-foreign-key",
            ("FIELD",),
            _("a foreign key of models.py: a new field, or one that had db_constraint=False"),
            _foreign_key,
            {"": _("models.py has {old} with its constraint from this release on.")},
            ahead=True,
        ),
        Recipe(
            "drop-foreign-key",
            ("FIELD",),
            _("the constraint of a foreign key that has db_constraint=False in models.py"),
            _constraint_of_key("RemoveForeignKeyConstraint"),
            {"": _("In models.py {old} has db_constraint=False from this release on.")},
            ahead=True,
        ),
        Recipe(
            "add-index",
            ("NAME",),
            _("an index of Meta.indexes, built beside the running site"),
            _new_part("AddIndexConcurrently"),
            {"": _("Meta.indexes of {model} has {old} from this release on.")},
            ahead=True,
        ),
        Recipe(
            "drop-index",
            ("NAME",),
            _("an index that Meta.indexes has no more"),
            _named("RemoveIndexConcurrently"),
            {"": _("Meta.indexes of {model} has {old} no more from this release on.")},
            ahead=True,
        ),
        Recipe(
            "add-constraint",
            ("NAME",),
            _("a check or unique constraint of Meta.constraints"),
            _new_part("AddConstraint"),
            {"": _("Meta.constraints of {model} has {old}; the release before must keep to it.")},
            ahead=True,
        ),
        Recipe(
            "drop-constraint",
            ("NAME",),
            _("a constraint that Meta.constraints has no more"),
            _named("RemoveConstraint"),
            {"": _("Meta.constraints of {model} has {old} no more from this release on.")},
            ahead=True,
        ),
    )
}

_NEXT = {
    ("expand", ""): "switch",
    ("switch", "RetireField"): "contract",
    ("switch", "RetireModel"): "contract",
    ("switch", ""): "contract",
}


def after(operation: Any, columns: Mapping[str, str]) -> Any:
    """The operation of the step after ``operation``; ``columns`` has the names that the database
    has otherwise than Django would choose, as "column" or "table"."""
    operations, name = _operations(), type(operation).__name__
    given = operation.deconstruct()[2]
    if name == "RetireField":
        return operations.DropField(operation.model_name, operation.name, **columns)
    if name == "RetireModel":
        return operations.DropTable(operation.name, **columns)
    step = _NEXT[operation.step, ""]
    return getattr(operations, step.capitalize() + name.removeprefix(operation.step.capitalize()))(
        **given
    )


def advice(operation: Any, model: str) -> str:
    """What to do with models.py in the release of ``operation``, a step of a change."""
    recipe = _recipe_of(operation)
    if recipe is None:
        return str(STAY) if operation.step != "switch" else str(_SWITCH_ANY)
    text = recipe.advice.get(operation.step) or STAY
    return str(text).format(**facts(operation, model))


_SWITCH_ANY = _("In models.py make the change itself: this release reads and writes the new shape.")


def facts(operation: Any, model: str) -> dict[str, Any]:
    """What the advice is filled in with."""
    given = operation.deconstruct()[2]
    fields, names = given.get("fields"), given.get("names")
    part = given.get("index") or given.get("constraint")
    named = given.get("old_name") or given.get("name") or getattr(part, "name", "")
    old = ", ".join(names or ()) or named
    new = ", ".join(fields or ()) or given.get("new_name") or given.get("table") or ""
    if names:
        new = given["name"]
    field = type(given["field"]).__name__ if "field" in given else ""
    column = getattr(given.get("field"), "db_column", "") or ""
    return {"model": model, "old": old, "new": new, "field": field, "column": column}


def _recipe_of(operation: Any) -> Recipe | None:
    name = type(operation).__name__
    for step in ("Expand", "Switch", "Contract"):
        name = name.removeprefix(step)
    return RECIPES.get(_WORDS.get(name, ""))


_WORDS = {
    "RenameField": "rename", "AlterField": "alter", "RenameTable": "rename-table",
    "SplitField": "split", "MergeFields": "merge",
    "RetireField": "drop-field", "DropField": "drop-field",
    "RetireModel": "drop-table", "DropTable": "drop-table",
}  # fmt: skip
