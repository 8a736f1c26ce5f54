"""Puts the trigger of a pair on its table, takes it away, and tells whether it is still at work.

The trigger's comment holds a digest of what was made, so that one that somebody replaced, altered
or left behind a renamed column is known from ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_deploy.schema import catalogue, ddl, syncing
from zdt_deploy.schema.pairs import Pair, quoted

MISSING, DISABLED, ALTERED, OUTRUN = "missing", "disabled", "altered", "outrun"


@dataclass(frozen=True, slots=True)
class State:
    """``code`` is empty where the trigger keeps the columns equal, else why it does not.

    ``mark`` changes whenever the trigger or its function is altered or made anew.
    """

    code: str
    mark: str = ""


def install(editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
    """Make the trigger, for all rows written from now on; one that is at work stays."""
    if not editor.collect_sql and not state(editor.connection, pair).code:
        return
    ddl.short(
        editor, lambda: statements(editor, pair), tables=[pair.table],
        what=f"Installing the trigger of {pair.table}",
    )  # fmt: skip


def remove(editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
    """Take the trigger away, with all that belongs to it."""
    ddl.short(
        editor, lambda: removal(editor, pair), tables=[pair.table],
        what=f"Removing the trigger of {pair.table}",
    )  # fmt: skip


def statements(editor: BaseDatabaseSchemaEditor, pair: Pair) -> list[str]:
    """What makes the trigger, to be run in one transaction with what belongs together."""
    schema, table = _schema(editor.connection, pair), catalogue.quoted(pair.table)
    function = _in(schema, pair.function)
    body = syncing.body(pair, schema)
    found = [
        *_marker(editor.connection, pair, schema),
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"{_dollar(body)}",
    ]
    for name, (events, when) in syncing.triggers(pair).items():
        trigger = quoted(name)
        found += [
            f"DROP TRIGGER IF EXISTS {trigger} ON {table}",
            f"CREATE TRIGGER {trigger} BEFORE {events} ON {table} FOR EACH ROW"
            f"{f' WHEN ({when})' if when else ''} EXECUTE FUNCTION {function}()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}",
            _comment(table, pair, name),
        ]
    return found


def removal(editor: BaseDatabaseSchemaEditor, pair: Pair) -> list[str]:
    """What takes the trigger away, to be run in one transaction with the columns' end."""
    connection, table = editor.connection, catalogue.quoted(pair.table)
    schema = _schema(connection, pair)
    found = []
    if editor.collect_sql or catalogue.table_exists(connection, pair.table):
        found += [f"DROP TRIGGER IF EXISTS {quoted(n)} ON {table}" for n in syncing.triggers(pair)]
    found.append(f"DROP FUNCTION IF EXISTS {_in(schema, pair.function)}()")
    if pair.overflow == "stop":
        found.append(f"DROP TABLE IF EXISTS {_in(schema, pair.marker)}")
    return found


def fingerprint(connection: BaseDatabaseWrapper, pair: Pair) -> str | None:
    """The trigger's mark; None where it does not keep the columns equal."""
    found = state(connection, pair)
    return None if found.code else found.mark


def state(connection: BaseDatabaseWrapper, pair: Pair) -> State:
    """Whether the trigger is there, enabled for every session, and the one that was made."""
    rows = _found(connection, pair)
    if {row["name"] for row in rows if row["parent"]} != set(syncing.triggers(pair)):
        return State(MISSING)
    schema = _schema(connection, pair)
    body = syncing.body(pair, schema)
    for row in rows:
        if row["source"] != body or not row["whole"]:
            return State(ALTERED)
        if row["parent"] and row["comment"] != _digest(row["definition"], pair, row["name"]):
            return State(ALTERED)
    if any(row["enabled"] != "A" for row in rows):
        return State(DISABLED)
    if behind(connection, pair):
        return State(OUTRUN)
    versions = [f"{row['relation']}.{row['name']}.{row['versions']}" for row in rows]
    return State("", hashlib.sha256("\n".join([body, *versions]).encode()).hexdigest())


def is_anywhere(connection: BaseDatabaseWrapper, pair: Pair) -> bool:
    """Whether a trigger of the pair that looks at its columns is on a table, whatever table and
    columns are called by now. It goes with them: what it is on was renamed, not dropped."""
    wanted: dict[str, Any] = {
        "table": catalogue.quoted(pair.table), "names": list(syncing.triggers(pair)),
        "function": _in(_schema(connection, pair), pair.function),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ANYWHERE, wanted)
        return bool(cursor.fetchone()[0])


def behind(connection: BaseDatabaseWrapper, pair: Pair) -> list[str]:
    """The site's own triggers that change rows after ours has seen them: they sort behind it."""
    wanted = {"table": catalogue.quoted(pair.table), "ours": pair.trigger}
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, wanted)
        return [name for (name,) in cursor.fetchall()]


def stopped(connection: BaseDatabaseWrapper, pair: Pair) -> Any:
    """When a value did not fit for the first time under the policy "stop"; None if none ever."""
    marker = _in(_schema(connection, pair), pair.marker)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [marker])
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute(f"SELECT min(at) FROM {marker}")  # noqa: S608 - a quoted name of ours
        return cursor.fetchone()[0]


def _marker(connection: BaseDatabaseWrapper, pair: Pair, schema: str) -> list[str]:
    """The table that remembers that a value did not fit. It is written in the transaction of that
    value, and without an index, so that no writer waits for another."""
    if pair.overflow != "stop":
        return []
    marker, table = _in(schema, pair.marker), catalogue.quoted(pair.table)
    return [
        f"CREATE TABLE IF NOT EXISTS {marker} (at timestamptz NOT NULL DEFAULT clock_timestamp())",
        f"GRANT SELECT, INSERT ON {marker} TO PUBLIC",
        *(
            f"ALTER TABLE {table} ALTER COLUMN {quoted(column.name)} DROP NOT NULL"
            for column in pair.old
            if not column.null
        ),
    ]


_FOUND = """
    WITH RECURSIVE family AS (
        SELECT to_regclass(%(table)s)::oid AS oid
        UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent
    )
    SELECT t.tgrelid::text AS relation, t.tgname AS name, t.tgenabled AS enabled,
           t.tgrelid = to_regclass(%(table)s) AS parent, p.prosrc AS source,
           pg_get_triggerdef(t.oid) AS definition, t.tgattr::text = '' AS whole,
           coalesce(obj_description(t.oid, 'pg_trigger'), '') AS comment,
           concat_ws('.', t.oid, t.xmin, p.oid, p.xmin) AS versions
      FROM family f JOIN pg_trigger t ON t.tgrelid = f.oid JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE t.tgname = ANY(%(names)s) ORDER BY t.tgrelid, t.tgname
"""


_ANYWHERE = """
    SELECT EXISTS (
        SELECT 1 FROM pg_trigger t
         WHERE t.tgname = ANY(%(names)s) AND t.tgqual IS NOT NULL
           AND (t.tgrelid = to_regclass(%(table)s) OR t.tgfoid = to_regproc(%(function)s)))
"""


_BEHIND = """
    WITH RECURSIVE family AS (
        SELECT to_regclass(%(table)s)::oid AS oid
        UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent
    )
    SELECT DISTINCT t.tgname::text
      FROM family f JOIN pg_trigger t ON t.tgrelid = f.oid
     WHERE t.tgname > %(ours)s::name AND NOT starts_with(t.tgname::text, 'zzz_zdt_sync_')
       AND t.tgenabled <> 'D' AND NOT t.tgisinternal
       AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0
     ORDER BY 1
"""
"""BEFORE (2) and for each row (1), on INSERT (4) or UPDATE (16)."""


def _found(connection: BaseDatabaseWrapper, pair: Pair) -> list[dict[str, Any]]:
    wanted: dict[str, Any] = {
        "table": catalogue.quoted(pair.table), "names": list(syncing.triggers(pair))
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, wanted)
        names: Sequence[str] = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_COMMENT = """DO $zdt$ BEGIN
    EXECUTE pg_catalog.format({comment}, {name},
        (SELECT 'zdt ' || pg_catalog.md5({made} || pg_catalog.regexp_replace(
                pg_catalog.pg_get_triggerdef(t.oid), 'EXECUTE FUNCTION .*$', ''))
           FROM pg_catalog.pg_trigger t
          WHERE t.tgrelid = {literal}::regclass AND t.tgname = {name}));
END $zdt$"""


def _comment(table: str, pair: Pair, name: str) -> str:
    """Puts a digest of the trigger's definition, as PostgreSQL writes it, in a comment on it."""
    return _COMMENT.format(
        comment=_literal(f"COMMENT ON TRIGGER %I ON {table.replace('%', '%%')} IS %L"),
        literal=_literal(table),
        name=_literal(name),
        made=_literal(f"{pair.digest} {name} "),
    )


def _digest(definition: str, pair: Pair, name: str) -> str:
    normal = definition[: definition.rindex("EXECUTE FUNCTION ")]
    text = f"{pair.digest} {name} {normal}"
    return "zdt " + hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _schema(connection: BaseDatabaseWrapper, pair: Pair) -> str:
    """The schema of the pair's table, where its function is, too; empty where it isn't there."""
    full = catalogue.full_name(connection, pair.table)
    if full is not None:
        return full.partition(".")[0]
    return pair.table.partition(".")[0] if "." in pair.table else ""


def _in(schema: str, name: str) -> str:
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def _dollar(body: str) -> str:
    tag = "$zdt$"
    while tag in body:
        tag = f"{tag[:-1]}_$"
    return f"{tag}{body}{tag}"
