"""Contracts that are owed, as zdt_migrate meets them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from psycopg import errors

from zdt_core import messages
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.schema import changes, contracting, leftovers, pairing
from zdt_deploy.schema.migrating import collisions, reach
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import Phase

logger = logging.getLogger("zdt.schema")
_TAKEN = (errors.DuplicateColumn, errors.DuplicateTable, errors.DuplicateObject)
"""What an old shape that is still there causes."""

_HELD = (errors.WrongObjectType, errors.FeatureNotSupported, errors.DependentObjectsStillExist)
"""What a view or a trigger of an open change causes."""


def pending(alias: str) -> list[SchemaChange]:
    """Changes whose contract counts as applied and is still due, oldest first."""
    if not changes.tables_exist():
        return []
    rows = SchemaChange.objects.filter(
        alias=alias, phase=Phase.SWITCHED.value, owed_at__isnull=False
    )
    return list(rows.order_by("owed_at", "pk"))


@contextmanager
def told_at_the_end() -> Iterator[None]:
    """Keep the same out of the log: what is owed is what zdt_migrate ends with."""
    begins = messages.text("schema_owed", {"key": "\0", "why": ""}).partition("\0")[0]

    def is_other(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(begins)

    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)


def contract_what_may(alias: str, actor: Actor) -> list[str]:
    """Do the contracts whose gate is open now; the keys of those. The others stay owed, and so do
    those of what the models of this release still use."""
    done = []
    for change in pending(alias):
        if leftovers.of_models(change):
            continue
        try:
            contracting.contract(change, actor=actor)
        except Refused:
            continue
        done.append(change.key)
    return done


def told(change: SchemaChange) -> dict[str, Any]:
    """An owed contract for machines and people."""
    return {
        "change": change.key,
        "table": change.table,
        "since": change.owed_at,
        "reasons": [
            {"code": each["code"], "params": each["params"], "text": text(each)}
            for each in change.obstacles
        ],
    }


def text(obstacle: dict[str, Any]) -> str:
    """The sentence of a stored obstacle."""
    return messages.text(obstacle["code"], obstacle["params"])


def in_the_way(error: Exception, connection: BaseDatabaseWrapper, migration: str) -> Refused | None:
    """The refusal that names the change for which ``error`` happened, if that is why."""
    if isinstance(error.__cause__, _TAKEN):
        candidates, code = pending(connection.alias), "migrate_waits_for_owed"
    elif isinstance(error.__cause__, _HELD):
        candidates, code = collisions.open_changes(connection.alias), "migrate_stopped_by_change"
    else:
        return None
    named = set(re.findall(r"\w+", str(error)))
    for change in candidates:
        columns = pairing.columns_of(change.spec)
        tables = {name.rpartition(".")[2] for name in reach.all_tables(change)}
        if tables & named and (columns is None or columns & named):
            way = collisions.way_out(change, MigrationLoader(connection))
            return Refused(
                code, migration=migration, key=change.key, phase=change.phase, table=change.table,
                problem=str(error).strip().splitlines()[0],
                why=" ".join(text(each) for each in change.obstacles),
                cause=way.code, cause_params=way.params,
            )  # fmt: skip
    return None
