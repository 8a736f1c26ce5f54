"""Rename a field and its column while both names are in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RenameField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import contracting, pairs, swapping, twins
from zdt_deploy.schema.operations import meta
from zdt_deploy.schema.operations.base import field_in_state, field_of
from zdt_deploy.schema.operations.filed import state_on_disk
from zdt_deploy.schema.operations.paired import (
    Change,
    ContractOperation,
    ExpandOperation,
    SwitchOperation,
    column_of,
    comments_of,
    require_own_column,
    spec_of,
)

KIND = "rename_field"


class _Rename(Change):
    kind = KIND

    def __init__(
        self,
        model_name: str,
        old_name: str,
        new_name: str,
        db_column: str | None = None,
        acknowledge: Sequence[str] = (),
    ) -> None:
        self.model_name = model_name
        self.old_name = old_name
        self.new_name = new_name
        self.db_column = db_column
        self.acknowledge = tuple(acknowledge)
        super().__init__()

    def arguments(self) -> dict[str, Any]:
        return {
            "model_name": self.model_name,
            "old_name": self.old_name,
            "new_name": self.new_name,
            "db_column": self.db_column,
            "acknowledge": self.acknowledge,
        }

    def what(self) -> str:
        if self.old_name == self.new_name and self.db_column:
            return f"{self.old_name}>{self.db_column}"
        return f"{self.old_name}>{self.new_name}"

    def switched(self, app_label: str, state: ProjectState) -> None:
        field = field_in_state(state, app_label, self.model_name, self.old_name)
        name = self.model_name.lower()
        if self.old_name != self.new_name:
            state.rename_field(app_label, name, self.old_name, self.new_name)
        if (field.db_column or None) != self.db_column:
            renamed = state.models[app_label, name].fields[self.new_name].clone()
            renamed.db_column = self.db_column
            state.alter_field(app_label, name, self.new_name, renamed, preserve_default=True)
        meta.rename(state, app_label, name, self.old_name, self.new_name)

    def spec(
        self, editor: BaseDatabaseSchemaEditor, old: type[Model], new: type[Model]
    ) -> dict[str, Any]:
        was, now = field_of(old, self.old_name), field_of(new, self.new_name)
        require_own_column(old, was)
        if was.column == now.column:
            raise Refused("pair_columns", table=old._meta.db_table, columns=was.column)
        column = column_of(editor, old._meta.db_table, was)
        pair = pairs.renaming(old._meta.db_table, column, now.column)
        found = [] if editor.collect_sql else twins.plan(editor, pair, finals=meta.finals(old, new))
        return spec_of(editor, pair, found=found, comments=comments_of(editor, [now]))

    def plain(self) -> list[Operation]:
        if self.db_column is not None or self.old_name == self.new_name:
            return []
        return [RenameField(self.model_name, self.old_name, self.new_name)]


class ExpandRenameField(_Rename, ExpandOperation):
    """Add the column under its new name and keep both equal, in the release before the new name.

    Before and after it the releases that know the old name may be alive. The new column gets what
    the old one has of indexes and constraints, and all rows are filled and compared without the
    migration waiting for it. ``acknowledge`` names BEFORE triggers of yours on the old column that
    do as well with both. ``db_column`` is for a new field that has one.
    """

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        """The three stay where Django's RenameField would leave the old name in Meta."""
        if isinstance(operation, ContractRenameField) and self.same_change(operation):
            before = state_on_disk(self, app_label)
            if before is not None and self._is_more_than_plain(app_label, before):
                return False
        return super().reduce(operation, app_label)

    def _is_more_than_plain(self, app_label: str, before: ProjectState) -> bool:
        plain, full, model = before.clone(), before.clone(), (app_label, self.model_name.lower())
        for operation in self.plain():
            operation.state_forwards(app_label, plain)
        self.switched(app_label, full)
        return bool(plain.models[model].options != full.models[model].options)

    def describe(self) -> str:
        return f"Add the column of {self.new_name} beside {self.old_name} on {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"expand_{self.model_name}_{self.new_name}".lower()


class SwitchRenameField(_Rename, SwitchOperation):
    """Rename the field in the models: the release with the new name may start.

    Before it the releases with the old name may be alive, after it those of both. Refused until
    every row is proven equal. The reverse asks for the same.
    """

    def describe(self) -> str:
        return f"Let code use {self.new_name} instead of {self.old_name} on {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"switch_{self.model_name}_{self.new_name}".lower()


class ContractRenameField(_Rename, ContractOperation):
    """Drop the old column, once no release that needs it can be alive; until then it is owed.

    Before it the releases of both names may be alive; the old column goes only when those of the
    old one are gone, and its indexes and constraints leave their names to the new column's.
    Reversing it brings the old column back, fills it and compares, while the site runs.
    """

    def describe(self) -> str:
        return f"Drop the column of {self.old_name} on {self.model_name}, which is {self.new_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"contract_{self.model_name}_{self.new_name}".lower()


contracting.register(KIND, swapping.contract, reverse=swapping.restore)
