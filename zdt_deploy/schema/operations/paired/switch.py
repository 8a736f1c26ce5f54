"""The switch of a change with old and new columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Model

from zdt_core.exceptions import Refused
from zdt_deploy.schema import adding, catalogue, certificates, changes, hazards, pairing, swapping
from zdt_deploy.schema.operations.paired import nulls
from zdt_deploy.schema.operations.paired.change import PairedOperation
from zdt_deploy.schema.operations.steps import SwitchStep
from zdt_deploy.schema.pairs import Column, Pair
from zdt_deploy.schema.phases import Phase


class SwitchOperation(PairedOperation, SwitchStep):
    def renewed(
        self,
        app_label: str,
        editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        spec: dict[str, Any],
    ) -> dict[str, Any]:
        connection, key = editor.connection, self.change_key(app_label)
        change = None if editor.collect_sql else changes.find(connection, key)
        if change is None or change.phase == Phase.SWITCHED:
            return spec
        fresh = self.fresh_spec(app_label, editor, state) or spec
        was, now = Pair.from_json(spec["pair"]), Pair.from_json(fresh["pair"])
        names = [column.name for column in (*was.old, *was.new)]
        changes.require_room(connection, key=key, table=was.table, columns=names)
        hazards.require_new_columns(editor, now, recorded=True)
        pair = replace(was, old=_nulls(was, was.old, now.old), new=_nulls(was, was.new, now.new))
        if pair != was:
            nulls.require_held(editor, pair)
        spec = {**fresh, "pair": pair.to_json()}
        swapping.clear(editor, change.spec, spec)
        changes.renew(change, spec)
        return spec

    def enter(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        swapping.switch(editor, spec)

    def require_way_back(
        self, editor: BaseDatabaseSchemaEditor, key: str, spec: dict[str, Any] | None, table: str
    ) -> None:
        if spec is not None:
            swapping.require_way_back(editor, spec)
        _require_switch_back(editor.connection, key, table)

    def leave(
        self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any], model: type[Model]
    ) -> None:
        swapping.unswitch(editor, spec)
        if not editor.collect_sql and _came_back_without(editor, spec, model):
            for field in self.leaving(model):
                adding.belongings(editor, model, field)


def _came_back_without(
    editor: BaseDatabaseSchemaEditor, spec: dict[str, Any], model: type[Model]
) -> bool:
    """Whether the old columns lack what Django had made of their fields."""
    table, connection = model._meta.db_table, editor.connection
    there = {**catalogue.indexes(connection, table), **catalogue.constraints(connection, table)}
    return any(name not in there for name in spec["own"])


def _nulls(pair: Pair, was: tuple[Column, ...], now: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns, NULL as they may be now; not what the policy "stop" itself lets be NULL."""
    kept = pair.overflow == "stop"
    return tuple(
        replace(one, null=other.null and not (kept and not one.null))
        for one, other in zip(was, now, strict=True)
    )


def _require_switch_back(connection: BaseDatabaseWrapper, key: str, table: str) -> None:
    """What `changes.switch_reversed` asks for, before the old columns are held to their shape."""
    change = changes.find(connection, key)
    if change is None:
        changes.require_empty(connection, key, table)
        return
    given_up = pairing.given_up(change)
    if given_up is not None:
        raise Refused("way_back_given_up", **given_up)
    if change.phase == Phase.SWITCHED and not changes.empty_since_birth(change):
        certificates.require(change)
