"""Split a field into several, or merge several into one, while both shapes are in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddField, RemoveField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model

from zdt_deploy.schema import contracting, swapping
from zdt_deploy.schema.operations import meta
from zdt_deploy.schema.operations.base import field_in_state, field_of
from zdt_deploy.schema.operations.paired import (
    Change,
    ContractOperation,
    ExpandOperation,
    SwitchOperation,
    collation_of,
    column_of,
    comments_of,
    default_of,
    new_column,
    own_of,
    require_own_column,
    spec_of,
)
from zdt_deploy.schema.pairs import Column, Pair, fill

SPLIT, MERGE = "split_field", "merge_fields"


class _Reshape(Change):
    """``names`` are the old fields, ``fields`` the new ones by name."""

    names: tuple[str, ...]
    fields: dict[str, Field[Any, Any]]
    ups: dict[str, str]
    downs: dict[str, str]
    overflow: str

    def what(self) -> str:
        return f"{'+'.join(self.names)}>{'+'.join(self.fields)}"

    def switched(self, app_label: str, state: ProjectState) -> None:
        model = self.model_name.lower()
        for name in self.names:
            field_in_state(state, app_label, model, name)
            state.remove_field(app_label, model, name)
        for name, field in self.fields.items():
            state.add_field(app_label, model, name, field, preserve_default=True)

    def spec(
        self, editor: BaseDatabaseSchemaEditor, old: type[Model], new: type[Model]
    ) -> dict[str, Any]:
        table = old._meta.db_table
        was = [field_of(old, name) for name in self.names]
        now = [field_of(new, name) for name in self.fields]
        meta.require_unnamed(old, list(self.names))
        for field in was:
            require_own_column(old, field)
        for field in now:
            require_own_column(new, field)
        columns = {field.name: field.column for field in (*was, *now)}
        pair = Pair(
            table,
            tuple(column_of(editor, table, field) for field in was),
            tuple(new_column(editor, table, field) for field in now),
            _by_column(self.ups, columns),
            _by_column(self.downs, columns),
            self.overflow,
        )
        defaults = {field.column: default_of(editor, new, field) for field in now}
        return spec_of(
            editor, pair, own={name for field in was for name in own_of(editor, old, field)},
            lossy=self.lossy, comments=comments_of(editor, now),
            defaults={name: sql for name, sql in defaults.items() if sql},
            collations={field.column: collation_of(editor, field) for field in now},
        )  # fmt: skip

    def belongings(self, new: type[Model]) -> list[Field[Any, Any]]:
        return [field_of(new, name) for name in self.fields]

    def leaving(self, old: type[Model]) -> list[Field[Any, Any]]:
        return [field_of(old, name) for name in self.names]

    def plain(self) -> list[Operation]:
        added = [AddField(self.model_name, name, field) for name, field in self.fields.items()]
        return [*(RemoveField(self.model_name, name) for name in self.names), *added]


class _Split(_Reshape):
    kind = SPLIT

    def __init__(
        self,
        model_name: str,
        name: str,
        fields: Mapping[str, Field[Any, Any]],
        up: Mapping[str, str],
        down: str,
        overflow: str = "raise",
        lossy: bool = False,
        acknowledge: Sequence[str] = (),
    ) -> None:
        self.model_name = model_name
        self.name = name
        self.fields = dict(fields)
        self.up = dict(up)
        self.down = down
        self.overflow = overflow
        self.lossy = lossy
        self.acknowledge = tuple(acknowledge)
        self.names = (name,)
        self.ups, self.downs = self.up, {name: down}
        super().__init__()

    def arguments(self) -> dict[str, Any]:
        return {
            "model_name": self.model_name,
            "name": self.name,
            "fields": self.fields,
            "up": self.up,
            "down": self.down,
            "overflow": self.overflow,
            "lossy": self.lossy,
            "acknowledge": self.acknowledge,
        }


class _Merge(_Reshape):
    kind = MERGE

    def __init__(
        self,
        model_name: str,
        names: Sequence[str],
        name: str,
        field: Field[Any, Any],
        up: str,
        down: Mapping[str, str],
        overflow: str = "raise",
        lossy: bool = False,
        acknowledge: Sequence[str] = (),
    ) -> None:
        self.model_name = model_name
        self.names = tuple(names)
        self.name = name
        self.field = field
        self.up = up
        self.down = dict(down)
        self.overflow = overflow
        self.lossy = lossy
        self.acknowledge = tuple(acknowledge)
        self.fields = {name: field}
        self.ups, self.downs = {name: up}, self.down
        super().__init__()

    def arguments(self) -> dict[str, Any]:
        return {
            "model_name": self.model_name,
            "names": self.names,
            "name": self.name,
            "field": self.field,
            "up": self.up,
            "down": self.down,
            "overflow": self.overflow,
            "lossy": self.lossy,
            "acknowledge": self.acknowledge,
        }


class ExpandSplitField(_Split, ExpandOperation):
    """Add the columns that take the place of one field, and keep all of them equal to it.

    Before and after it the releases with the one field may be alive. ``fields`` are the new fields
    by name, ``up`` holds an SQL expression for each over the old one, such as
    ``{"first": "split_part({name}, ' ', 1)"}``, and ``down`` makes the old one of the new ones. A
    row is right if either holds, so that new code may write what ``up`` would never have made.
    Where one side may be NULL and the other may not, the conversion has to make a value of it.
    """

    def describe(self) -> str:
        return f"Add {', '.join(self.fields)} beside {self.model_name}.{self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"expand_{self.model_name}_{self.name}".lower()


class SwitchSplitField(_Split, SwitchOperation):
    """Put the new fields in the place of the one in the models.

    Before it the releases with the one field may be alive, after it those of both shapes. Refused
    until every row is proven equal; the reverse asks for the same.
    """

    def describe(self) -> str:
        return f"Let code use {', '.join(self.fields)} instead of {self.model_name}.{self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"switch_{self.model_name}_{self.name}".lower()


class ContractSplitField(_Split, ContractOperation):
    """Drop the column of the one field, once no release that needs it can be alive.

    Before it the releases of both shapes may be alive; until those of the old one are gone it is
    owed. Reversing it brings the column back, and fills it from the others.
    """

    def describe(self) -> str:
        return f"Drop the column of {self.model_name}.{self.name}, which was split"

    @property
    def migration_name_fragment(self) -> str:
        return f"contract_{self.model_name}_{self.name}".lower()


class ExpandMergeFields(_Merge, ExpandOperation):
    """Add one column that takes the place of several, and keep it equal to them.

    Before and after it the releases with the several fields may be alive. ``up`` is an SQL
    expression over the old ones, such as ``"concat_ws(' ', {first}, {last})"``, ``down`` holds one
    for each of them over the new one. A row is right if either holds. Where one side may be NULL
    and the other may not, the conversion has to make a value of it.
    """

    def describe(self) -> str:
        return f"Add {self.name} beside {', '.join(self.names)} of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"expand_{self.model_name}_{self.name}".lower()


class SwitchMergeFields(_Merge, SwitchOperation):
    """Put the new field in the place of the several in the models.

    Before it the releases with the several fields may be alive, after it those of both shapes.
    Refused until every row is proven equal; the reverse asks for the same.
    """

    def describe(self) -> str:
        return f"Let code use {self.name} instead of {', '.join(self.names)} of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"switch_{self.model_name}_{self.name}".lower()


class ContractMergeFields(_Merge, ContractOperation):
    """Drop the columns of the several fields, once no release that needs them can be alive.

    Before it the releases of both shapes may be alive; until those of the old one are gone it is
    owed. Reversing it brings the columns back, and fills them from the one.
    """

    def describe(self) -> str:
        return f"Drop the columns of {', '.join(self.names)} of {self.model_name}, now {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"contract_{self.model_name}_{self.name}".lower()


def _by_column(sqls: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """Expressions with the names of fields as those with the names of columns."""
    fields = tuple(Column(name, "", True) for name in columns)

    def column(name: str) -> str:
        return f"{{{columns[name]}}}"

    return {columns.get(name, name): fill(_kept(sql), column, fields) for name, sql in sqls.items()}


def _kept(sql: str) -> str:
    """Doubled braces, doubled: they are read twice."""
    return sql.replace("{{", "{{{{").replace("}}", "}}}}")


for _kind in (SPLIT, MERGE):
    contracting.register(_kind, swapping.contract, reverse=swapping.restore)
