"""The kind "assign": columns get SQL expressions over their own row."""

from __future__ import annotations

import re
from typing import Any

from django.db import Error as DatabaseError
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import declarations, faults, keys, retrying, sameness
from zdt_deploy.backfills.keys import Key
from zdt_deploy.backfills.kinds import Batch, Done, Work
from zdt_deploy.backfills.models import Backfill

_SAID = ("set", "where")
_MOMENTS = {
    "now", "transaction_timestamp", "statement_timestamp", "current_timestamp", "current_time",
    "localtime", "localtimestamp", "txid_current", "pg_current_xact_id",
}  # fmt: skip
"""What differs from one transaction to the next, though it is no volatile function."""
_AGAINST_QUARTERS = """
    SELECT EXISTS (SELECT FROM pg_index i
                     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
                    WHERE i.indrelid = %(table)s::regclass AND a.attname = ANY(%(written)s))
        OR EXISTS (SELECT FROM pg_class WHERE oid = %(table)s::regclass
                      AND relname = ANY(%(words)s))
        OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = %(table)s::regclass
                      AND attgenerated <> '' AND attname = ANY(%(words)s))
        OR EXISTS (SELECT FROM pg_proc WHERE proname = ANY(%(all)s)
                      AND (provolatile = 'v' OR provolatile = 's'
                           AND pronamespace <> 'pg_catalog'::regnamespace))
"""
"""Whether a written column has an index, into which every row has to go, or expressions read the
whole row or a generated column of it, or call a function that may answer otherwise the next time.
"""
_QUOTED = re.compile(r'"(?:[^"]|"")+"')
_WORD = re.compile(r'"(?:[^"]|"")+"|[^\W\d][\w$]*')


class Assign(Work):
    """``{"set": {column: SQL expression}, "where": SQL}``.

    Only rows that differ are written, so that doing it again writes nothing. No row travels to the
    client. The SQL is the project's own, as in a migration; it must not come from users.
    """

    takes_parts = True

    def __init__(self, spec: dict[str, Any]) -> None:
        assigned = spec.get("set")
        if not isinstance(assigned, dict) or not assigned:
            raise Refused("backfill_spec", kind="assign", expected='{"set": {"column": "SQL"}}')
        self.assigned: dict[str, str] = {name: str(sql) for name, sql in assigned.items()}
        self.condition = str(spec.get("where") or "")
        self._columns: dict[str, sameness.Column] | None = None

    def check(self, connection: BaseDatabaseWrapper, table: str) -> None:
        """Have PostgreSQL plan the statement: wrong columns and expressions show at once."""
        try:
            self._plan(connection, table)
        except DatabaseError as error:
            named = table.replace("%%", "%")
            raise Refused("backfill_sql_refused", error=str(error).strip(), table=named) from error

    def check_key(self, key: Key) -> None:
        """A key that grows comes again, and again."""
        for column in key.columns:
            if any(_spelled(name) == keys.quoted(column.name) for name in self.assigned):
                raise Refused("backfill_sets_key", column=column.name)

    def check_retry(self, backfill: Backfill) -> None:
        """Where the declaration of its name says something else, that is what people mean."""
        try:
            declared = declarations.declared().get(backfill.name)
        except Exception as error:
            raise Refused("backfill_declarations_unread", error=faults.text(error)) from error
        if declared is None:
            return
        now = (declared.kind, declared.sql_table, *(declared.spec.get(name) for name in _SAID))
        then = (backfill.kind, backfill.table, *(backfill.spec.get(name) for name in _SAID))
        if now != then:
            again = retrying.typed("run", backfill.name)
            raise Refused("backfill_declared_otherwise", name=backfill.name, again=again)

    def begin(self, connection: BaseDatabaseWrapper, table: str) -> None:
        """Learn whether quarters of a batch pay, and would be left alone by the rest of it."""
        self.takes_quarters = self._is_for_quarters(connection, table)

    def do(self, batch: Batch) -> Done:
        where, params = batch.where()
        with batch.connection.cursor() as cursor:
            cursor.execute(self.statement(batch.connection, batch.table, where), params)
            return Done(changed=cursor.rowcount)

    def statement(self, connection: BaseDatabaseWrapper, table: str, where: str) -> str:
        """The UPDATE of the rows ``where``; percent signs are doubled for the driver."""
        if self._columns is None:
            self._columns = sameness.columns(connection, table)
        known = {keys.escaped(name): column for name, column in self._columns.items()}
        assigned = {
            keys.escaped(_spelled(name)): keys.escaped(sql) for name, sql in self.assigned.items()
        }
        differ = " OR ".join(
            sameness.differ(name, sql, known.get(name)) for name, sql in assigned.items()
        )
        conditions = [where, f"({differ})"]
        if self.condition:
            conditions.insert(1, f"({keys.escaped(self.condition)})")
        changes = ", ".join(f"{name} = ({sql})" for name, sql in assigned.items())
        return f"UPDATE {table} SET {changes} WHERE {' AND '.join(conditions)}"  # noqa: S608

    def _is_for_quarters(self, connection: BaseDatabaseWrapper, table: str) -> bool:
        """Whether each expression has the same value once its column is written, and rows may stay
        in their pages. A word that merely looks like a name counts as one."""
        words = _words(*self.assigned.values())
        everywhere = words | _words(self.condition)
        written = _words(*map(_spelled, self.assigned))
        if words & written or "select" in words or everywhere & _MOMENTS:
            return False
        facts: dict[str, Any] = {
            "table": table.replace("%%", "%"), "written": [*written],
            "words": [*words], "all": [*everywhere],
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_AGAINST_QUARTERS, facts)
            return not cursor.fetchone()[0]

    def _plan(self, connection: BaseDatabaseWrapper, table: str) -> None:
        statement = self.statement(connection, table, "FALSE")
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}", [])


def _words(*sqls: str) -> set[str]:
    """What may be names in them, as written and in lower case."""
    found = {word.strip('"').replace('""', '"') for sql in sqls for word in _WORD.findall(sql)}
    return found | {word.casefold() for word in found}


def _spelled(name: str) -> str:
    """A column's name, quoted; one that is written in double quotes, as in SQL, stays so."""
    return name if _QUOTED.fullmatch(name) else keys.quoted(name)
