"""What migrations take away at once that the release before may still use.

zdt's own operations take nothing before its time. Of Django's, some surely break code that runs
beside them ("takes"), and some only add. Of all others, a library's own among them, nobody can tell
without looking ("look").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.operations import CreateCollation, CreateExtension
from django.db.migrations import operations as django
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation
from django.db.models import NOT_PROVIDED, Field

TAKES, LOOK = "takes", "look"
_OURS = "zdt_deploy.schema.operations"
_TAKING = (
    django.RemoveField, django.RenameField, django.DeleteModel, django.RenameModel,
    django.AlterModelTable, django.AlterOrderWithRespectTo,
)  # fmt: skip
_ADDING = (
    django.CreateModel, django.AddIndex, django.RemoveIndex, django.RenameIndex,
    django.AlterIndexTogether, django.RemoveConstraint, django.AlterModelOptions,
    django.AlterModelManagers, django.AlterModelTableComment, CreateExtension, CreateCollation,
)  # fmt: skip
_WIDER = frozenset(
    {
        ("CharField", "TextField"), ("SlugField", "CharField"), ("SlugField", "TextField"),
        ("SmallIntegerField", "IntegerField"), ("SmallIntegerField", "BigIntegerField"),
        ("IntegerField", "BigIntegerField"), ("AutoField", "BigAutoField"),
    }
)  # fmt: skip
"""Types that hold all that old code writes, and give it back as it was."""


def of(migration: Migration, state: ProjectState) -> list[list[str]]:
    """[how sure, operation in words] of each operation that is no addition; ``state`` is the
    project before the migration, and after it at the end."""
    found, new = [], set()
    for operation in migration.operations:
        if isinstance(operation, django.CreateModel):
            new.add(operation.name_lower)
        if _model(operation) not in new:
            for each in _parts(operation):
                if sure := _weigh(each, migration.app_label, state):
                    found.append([sure, each.describe()])
        operation.state_forwards(migration.app_label, state)
    return found


def _parts(operation: Any) -> Iterator[Any]:
    """What an operation does to the database."""
    if isinstance(operation, django.SeparateDatabaseAndState):
        for each in operation.database_operations:
            yield from _parts(each)
    else:
        yield operation


def _model(operation: Any) -> str:
    """The model that it is about, in small letters; a table that nobody uses yet has no past."""
    return str(getattr(operation, "model_name_lower", "") or getattr(operation, "name_lower", ""))


def _weigh(operation: Any, app_label: str, state: ProjectState) -> str:
    if type(operation).__module__.startswith(_OURS):
        return ""
    if isinstance(operation, _TAKING):
        return TAKES
    if isinstance(operation, django.AddField):
        return TAKES if _must_be_given(operation.field) else ""
    if isinstance(operation, django.AlterField):
        return _altered(operation, app_label, state)
    return "" if isinstance(operation, _ADDING) else LOOK


def _must_be_given(field: Any) -> bool:
    """Whether code that does not know the column can not insert rows any more."""
    if field.many_to_many or field.null or getattr(field, "generated", False):
        return False
    return getattr(field, "db_default", NOT_PROVIDED) is NOT_PROVIDED


def _altered(operation: Any, app_label: str, state: ProjectState) -> str:
    model = state.models.get((app_label, operation.model_name_lower))
    before: Field[Any, Any] | None = model.fields.get(operation.name) if model else None
    if before is None:
        return LOOK
    after = operation.field
    kinds = (before.get_internal_type(), after.get_internal_type())
    if before.db_column != after.db_column or (kinds[0] != kinds[1] and kinds not in _WIDER):
        return TAKES
    names = (app_label, operation.model_name_lower)
    if _target(before, *names) != _target(after, *names):
        return TAKES
    return TAKES if _narrower(before, after) else ""


def _target(field: Any, app_label: str, model_name: str) -> tuple[str, str] | None:
    """The model that a relation leads to."""
    if field.remote_field is None:
        return None
    found: tuple[str, str] = resolve_relation(field.remote_field.model, app_label, model_name)
    return found


def _narrower(before: Any, after: Any) -> bool:
    """Whether what the old code writes may not fit any more."""
    if (before.null and not after.null) or (after.unique and not before.unique):
        return True
    if _must_be_given(after) and not _must_be_given(before):
        return True
    pairs = zip(_limits(before), _limits(after), strict=True)
    return any(new is not None and (old is None or new < old) for old, new in pairs)


def _limits(field: Any) -> tuple[int | None, int | None, int | None]:
    """How many characters fit, digits before the point, and digits behind it."""
    digits, places = (getattr(field, name, None) for name in ("max_digits", "decimal_places"))
    whole = None if digits is None else digits - (places or 0)
    return getattr(field, "max_length", None), whole, places
