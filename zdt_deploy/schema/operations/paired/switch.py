"""The switch of a change with old and new columns."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core.exceptions import Refused
from zdt_deploy.schema import certificates, changes, pairing, swapping
from zdt_deploy.schema.operations.paired.change import PairedOperation
from zdt_deploy.schema.operations.steps import SwitchStep
from zdt_deploy.schema.phases import Phase


class SwitchOperation(PairedOperation, SwitchStep):
    def enter(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        swapping.switch(editor, spec)

    def require_way_back(
        self, editor: BaseDatabaseSchemaEditor, key: str, spec: dict[str, Any] | None, table: str
    ) -> None:
        if spec is not None:
            swapping.require_way_back(editor, spec)
        _require_switch_back(editor.connection, key, table)

    def leave(self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
        swapping.unswitch(editor, spec)


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
