"""What a record's ``spec`` says of its columns.

``spec["pair"]`` holds the columns that a trigger keeps equal, ``spec["columns"]`` the names that a
change without a trigger touches. A change that names none touches its whole table.
"""

from __future__ import annotations

from typing import Any

from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.connection import ConnectionDoesNotExist

from zdt_deploy.schema import triggers
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.pairs import Pair


def pair_of(change: SchemaChange) -> Pair | None:
    """The columns that the change's trigger keeps equal; None where it has no trigger."""
    found = change.spec.get("pair")
    return None if found is None else pair_from(found)


def pair_from(stored: dict[str, Any]) -> Pair:
    """The pair as it was stored in a ``spec``."""
    return Pair.from_json(stored)


def trigger_of(change: SchemaChange) -> triggers.State | None:
    """Whether the change's trigger keeps its columns equal; None where it has none."""
    pair = pair_of(change)
    return None if pair is None else triggers.state(connection_of(change), pair)


def given_up(change: SchemaChange) -> dict[str, Any] | None:
    """The facts of "way_back_given_up"; None while the change can still be taken back."""
    pair = pair_of(change)
    if pair is None or change.stopped_at is None:
        return None
    return {
        "table": change.table,
        "since": f"{change.stopped_at:%Y-%m-%d %H:%M:%S %Z}",
        "columns": ", ".join(column.name for column in pair.old),
    }


def never_null(change: SchemaChange) -> str:
    """The names of the new columns that the models say are never NULL."""
    pair = pair_of(change)
    return ", ".join(column.name for column in pair.new if not column.null) if pair else ""


def columns_of(spec: dict[str, Any]) -> frozenset[str] | None:
    """The columns that a change touches; None stands for all of the table."""
    if (found := spec.get("pair")) is not None:
        pair = pair_from(found)
        return frozenset(column.name for column in (*pair.old, *pair.new))
    return frozenset(spec["columns"]) if spec.get("columns") else None


def overlap(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """The columns that both touch, "*" where one of them touches all; None if there are none."""
    if one is None or other is None:
        return frozenset({"*"})
    return one & other or None


def out_of_reach(change: SchemaChange) -> tuple[str, dict[str, Any]] | None:
    """Why the change's database can't be asked, as a code and facts; None where it can."""
    facts = {"key": change.key, "alias": change.alias}
    try:
        connection_of(change).ensure_connection()
    except ConnectionDoesNotExist:
        return "schema_alias_gone", facts
    except OperationalError as error:
        said = (str(error).strip().splitlines() or ["-"])[0]
        return "schema_alias_silent", {**facts, "error": said}
    return None


def connection_of(change: SchemaChange) -> BaseDatabaseWrapper:
    """This thread's connection to the change's table."""
    return connections[change.alias]
