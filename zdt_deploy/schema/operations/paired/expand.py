"""The expand of a change with old and new columns."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Model

from zdt_core import fleet
from zdt_core.exceptions import Refused
from zdt_core.fleet import Standing
from zdt_deploy.schema import (
    adding,
    catalogue,
    changes,
    hazards,
    naming,
    rehearsal,
    shapes,
    swapping,
    twins,
)
from zdt_deploy.schema.operations.paired import nulls, sessions
from zdt_deploy.schema.operations.paired.change import PairedOperation
from zdt_deploy.schema.operations.steps import ExpandStep
from zdt_deploy.schema.pairs import Pair
from zdt_deploy.schema.phases import OPEN


class ExpandOperation(PairedOperation, ExpandStep):
    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        found = self.models(app_label, from_state, schema_editor)
        if found is None:
            return
        old, new = found
        connection, key = schema_editor.connection, self.change_key(app_label)
        spec = self.spec(schema_editor, old, new)
        pair = Pair.from_json(spec["pair"])
        _require_no_fields_column(old, pair)
        if schema_editor.collect_sql:
            swapping.expand(schema_editor, spec)
            return
        names = [column.name for column in (*pair.old, *pair.new)]
        if naming.kind(connection, pair.table) == "v":
            raise Refused("table_is_view", table=pair.table)
        changes.require_room(connection, key=key, table=pair.table, columns=names)
        hazards.require_harmless(schema_editor, pair, self.acknowledge)
        change = changes.find(connection, key)
        recorded = change is not None and change.phase in OPEN
        hazards.require_new_columns(schema_editor, pair, recorded=recorded)
        nulls.require_held(schema_editor, pair)
        sessions.require_alike(schema_editor, pair)
        _require_defaults_held(spec, pair)
        twins.require_possible(schema_editor, pair)
        self.require_short(schema_editor, spec, pair)
        hazards.tell_of_contract(schema_editor, pair, [twin["name"] for twin in spec["twins"]])
        swapping.expand(schema_editor, spec)
        born_empty = catalogue.is_empty(connection, pair.table)
        for field in self.belongings(new):
            adding.belongings(schema_editor, new, field)
        changes.expand(
            connection, key=key, kind=self.kind, app_label=app_label, table=pair.table,
            model_name=self.model_name, spec=spec, born_empty=born_empty,
        )  # fmt: skip

    def require_short(
        self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any], pair: Pair
    ) -> None:
        """Refuse a column for which PostgreSQL would write the whole table anew."""
        there = catalogue.columns(editor.connection, pair.table)
        for name, definition in spec["add"].items():
            add = f"ADD COLUMN {catalogue.quoted_name(name)} {definition}"
            if name not in there and rehearsal.rewrites(editor, pair.table, add):
                raise Refused(
                    "column_not_doubled", table=pair.table, column=name, what=f"type {definition}"
                )

    def require_undo(
        self, editor: BaseDatabaseSchemaEditor, key: str, spec: dict[str, Any]
    ) -> None:
        _require_unread(editor.connection, key)
        swapping.require_undo(editor, spec)

    def undo(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        swapping.undo(editor, spec)


def _require_unread(connection: BaseDatabaseWrapper, key: str) -> None:
    """Refuse while processes are live that read the new columns, as a canary's may be."""
    change = changes.find(connection, key)
    if change is None:
        return
    known = shapes.known_by(change)
    readers = {
        f"{member.role} of {member.service} {member.release}"
        for member in fleet.members(departed=False)
        if member.standing is Standing.LIVE and (member.service, member.release) in known
    }
    if readers:
        raise Refused("new_shape_in_use", key=key, processes=", ".join(sorted(readers)))


def _require_defaults_held(spec: dict[str, Any], pair: Pair) -> None:
    """Refuse a default of a new column for which no default of the old one stands in.

    It comes into force with the contract only: before, it would win over what old code inserts.
    """
    held = len(pair.new) == 1 and all(c.name in spec["old_defaults"] for c in pair.old)
    if spec["defaults"] and not held:
        raise Refused(
            "new_default_too_early", table=pair.table, columns=", ".join(spec["defaults"])
        )


def _require_no_fields_column(model: type[Model], pair: Pair) -> None:
    """Refuse a new column that another field of the old model has: its values would be lost."""
    fields = {str(field.column): field.name for field in model._meta.local_concrete_fields}
    for column in pair.new:
        if column.name in fields:
            raise Refused(
                "column_of_field", table=pair.table, column=column.name, field=fields[column.name],
                model=model._meta.label,
            )  # fmt: skip
