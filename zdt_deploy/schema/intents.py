"""A contract that was begun: is somebody at it, and did it get as far as to take the old shape?"""

from __future__ import annotations

from datetime import timedelta

from zdt_core import database
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, pairing, triggers
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import Phase

ORPHANED = database.Now() - timedelta(minutes=10)
"""Whoever began before this has died, or will find that it is overtaken."""


def is_at_work(change: SchemaChange) -> bool:
    """Whether somebody began the contract within ten minutes, and has not ended it."""
    return bool(SchemaChange.objects.filter(pk=change.pk, contracting_at__gte=ORPHANED).exists())


def has_taken(change: SchemaChange) -> bool:
    """Whether all that a contract takes, which is owed or was begun, has gone already.

    Old columns go with their trigger in one transaction: where it is without them, they or their
    table were renamed by hand, and where they are without it, it was dropped so. The tables of a
    model go together, too. A missing table says nothing of a column that has no trigger.
    """
    due = change.owed_at is not None or change.contracting_at is not None
    if not due or change.phase != Phase.SWITCHED:
        return False
    if pairing.out_of_reach(change) is not None:
        return False
    pair, connection = pairing.pair_of(change), pairing.connection_of(change)
    going = change.spec.get("columns", ()) if pair is None else [c.name for c in pair.old]
    if going:
        there = catalogue.columns(connection, change.table)
        if any(name in there for name in going):
            return False
        return bool(there) if pair is None else not triggers.is_anywhere(connection, pair)
    return "table" in change.spec and not catalogue.table_exists(connection, change.table)


def require_taken(change: SchemaChange) -> None:
    """Raise Refused after a contract that found nothing to take, as its table was renamed."""
    pair, connection = pairing.pair_of(change), pairing.connection_of(change)
    if pair is not None and triggers.is_anywhere(connection, pair):
        raise Refused("schema_table_missing", key=change.key, table=change.table)


def require_nobody_at_work(change: SchemaChange) -> None:
    """Raise Refused where somebody may be taking the old shape away right now."""
    if is_at_work(change):
        raise Refused("schema_contract_runs", key=change.key)
