"""Give a field another type by a second column, so that each release reads the type it knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AlterField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import contracting, conversions, swapping, twins
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
    of_meta_or_hand,
    own_of,
    require_own_column,
    spec_of,
)
from zdt_deploy.schema.pairs import Column, Pair

KIND = "alter_field"


class _Alter(Change):
    kind = KIND

    def __init__(
        self,
        model_name: str,
        name: str,
        field: Field[Any, Any],
        up: str | None = None,
        down: str | None = None,
        overflow: str = "raise",
        lossy: bool = False,
        acknowledge: Sequence[str] = (),
    ) -> None:
        if not field.db_column:
            raise Refused("alter_needs_db_column", model=model_name, field=name)
        self.model_name = model_name
        self.name = name
        self.field = field
        self.up = up
        self.down = down
        self.overflow = overflow
        self.lossy = lossy
        self.acknowledge = tuple(acknowledge)
        super().__init__()

    def arguments(self) -> dict[str, Any]:
        return {
            "model_name": self.model_name,
            "name": self.name,
            "field": self.field,
            "up": self.up,
            "down": self.down,
            "overflow": self.overflow,
            "lossy": self.lossy,
            "acknowledge": self.acknowledge,
        }

    def what(self) -> str:
        return f"{self.name}>{self.field.db_column}"

    def switched(self, app_label: str, state: ProjectState) -> None:
        field_in_state(state, app_label, self.model_name, self.name)
        state.alter_field(
            app_label, self.model_name.lower(), self.name, self.field, preserve_default=True
        )

    def spec(
        self, editor: BaseDatabaseSchemaEditor, old: type[Model], new: type[Model]
    ) -> dict[str, Any]:
        was, now = field_of(old, self.name), field_of(new, self.name)
        require_own_column(old, was)
        require_own_column(new, now)
        table = old._meta.db_table
        column = column_of(editor, table, was)
        pair = self.pair(table, column, new_column(editor, table, now))
        found = []
        if not editor.collect_sql:
            only = of_meta_or_hand(editor, old, was)
            found = twins.plan(editor, pair, finals={}, only=only)
        default = default_of(editor, new, now)
        return spec_of(
            editor, pair, found=found, own=own_of(editor, old, was), lossy=self.lossy,
            comments=comments_of(editor, [now]), defaults={now.column: default} if default else {},
            collations={now.column: collation_of(editor, now)},
        )  # fmt: skip

    def pair(self, table: str, old: Column, new: Column) -> Pair:
        """The pair, with PostgreSQL's own casts where they keep each value."""
        up = self.up
        if up is None and conversions.loses_nothing(old.type, new.type):
            up = f"{{{old.name}}}"
        down = self.down
        if down is None and (
            conversions.loses_nothing(new.type, old.type)
            or conversions.limit("x", old.type, new.type) is not None
        ):
            down = f"{{{new.name}}}"
        return Pair(
            table, (old,), (new,), {new.name: up or ""}, {old.name: down or ""}, self.overflow
        )

    def belongings(self, new: type[Model]) -> list[Field[Any, Any]]:
        return [field_of(new, self.name)]

    def leaving(self, old: type[Model]) -> list[Field[Any, Any]]:
        return [field_of(old, self.name)]

    def plain(self) -> list[Operation]:
        return [AlterField(self.model_name, self.name, self.field)]


class ExpandAlterField(_Alter, ExpandOperation):
    """Add a column of the new type beside the old one and keep both equal.

    Before and after it the releases that know the old type may be alive. ``field`` is the field
    that the next release has, with a ``db_column`` of its own. ``up`` and ``down`` are SQL
    expressions that make the new value of the old column, ``{price}``, and the old one of the new;
    where PostgreSQL's cast keeps each value they may be left out.

    ``up`` has to know each value that old code may write, NULL included: one that it fails for is
    an error in old code from now on. Rows that it fails for already are listed, and can still be
    written elsewhere. A field that may be NULL needs an old one that may.

    ``overflow`` says what becomes of a value of new code that the old type can't hold: ``raise``,
    the default, an error for new code that names the change; ``null``; ``clamp``, the nearest
    value; ``stop``, NULL, and code can't go back to the old type from then on. ``lossy=True`` says
    that ``up`` may lose something, such as the end of a text: then a row needn't convert back.
    """

    def describe(self) -> str:
        return f"Add the column {self.field.db_column} beside that of {self.model_name}.{self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"expand_{self.model_name}_{self.name}".lower()


class SwitchAlterField(_Alter, SwitchOperation):
    """Give the field its new type in the models: the release with the new type may start.

    Before it the releases with the old type may be alive, after it those of both. Refused until
    every row is proven equal; the reverse asks for the same, and is refused once the policy
    ``stop`` has come into force.
    """

    def describe(self) -> str:
        return f"Let code use {self.field.db_column} for {self.model_name}.{self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"switch_{self.model_name}_{self.name}".lower()


class ContractAlterField(_Alter, ContractOperation):
    """Drop the column of the old type, once no release that needs it can be alive.

    Before it the releases of both types may be alive; until those of the old one are gone it is
    owed. The column keeps its new name: take ``db_column`` off later by a rename, if at all.
    """

    def describe(self) -> str:
        return (
            f"Drop the column of {self.model_name}.{self.name} that {self.field.db_column} is for"
        )

    @property
    def migration_name_fragment(self) -> str:
        return f"contract_{self.model_name}_{self.name}".lower()


contracting.register(KIND, swapping.contract, reverse=swapping.restore)
