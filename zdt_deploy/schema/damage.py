"""What somebody did by hand to the table of an open change.

Lost columns are looked for before the trigger: it goes along with them, and can't be put back.
"""

from __future__ import annotations

from typing import Any

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, pairing, triggers
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.pairs import Pair

TABLE_MISSING, COLUMN_MISSING = "schema_table_missing", "schema_column_missing"
Found = tuple[str, dict[str, Any]]


def find(change: SchemaChange) -> Found:
    """What is wrong with table, columns or trigger, as a code and facts; ("", {}) if nothing."""
    pair = pairing.pair_of(change)
    if pair is None:
        return "", {}
    lost = _lost(change, pair)
    if lost[0]:
        return lost
    code = triggers.state(pairing.connection_of(change), pair).code
    if not code:
        return "", {}
    facts = {"key": change.key, "table": change.table, "trigger": pair.trigger}
    return f"schema_trigger_{code}", facts


def require_columns(change: SchemaChange) -> None:
    """Raise Refused where the table, or a column of the change, is not there any more."""
    pair = pairing.pair_of(change)
    code, facts = ("", {}) if pair is None else _lost(change, pair)
    if code:
        raise Refused(code, **facts)


def is_whole(change: SchemaChange) -> bool:
    """Whether the table and all columns of the change are there."""
    pair = pairing.pair_of(change)
    return pair is None or not _lost(change, pair)[0]


def is_of(code: str) -> bool:
    """Whether a problem's ``code`` is one of these."""
    return code in (TABLE_MISSING, COLUMN_MISSING) or code.startswith("schema_trigger_")


def _lost(change: SchemaChange, pair: Pair) -> Found:
    there = catalogue.columns(pairing.connection_of(change), change.table)
    if not there:
        return TABLE_MISSING, {"key": change.key, "table": change.table}
    missing = [column.name for column in (*pair.old, *pair.new) if column.name not in there]
    if not missing:
        return "", {}
    facts = {"key": change.key, "table": change.table, "columns": ", ".join(missing)}
    return COLUMN_MISSING, facts
