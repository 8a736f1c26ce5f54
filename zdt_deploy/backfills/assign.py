"""The kind "assign": columns get SQL expressions over their own row."""

from __future__ import annotations

from typing import Any

from django.db import Error as DatabaseError
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import faults
from zdt_deploy.backfills.kinds import Batch, Done, Work

_NO_EQUALITY = "42883"


class Assign(Work):
    """``{"set": {column: SQL expression}, "where": SQL}``.

    Only rows that differ are written, so that doing it again writes nothing. No row travels to the
    client. The SQL is the project's own, as in a migration; it must not come from users.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        assigned = spec.get("set")
        if not isinstance(assigned, dict) or not assigned:
            raise Refused("backfill_spec", kind="assign", expected='{"set": {"column": "SQL"}}')
        self.assigned: dict[str, str] = {name: str(sql) for name, sql in assigned.items()}
        self.condition = str(spec.get("where") or "")
        self._as_text = False

    def check(self, connection: BaseDatabaseWrapper, table: str) -> None:
        """Have PostgreSQL plan the statement: wrong columns and expressions show at once."""
        try:
            self._plan(connection, table)
        except DatabaseError as error:
            raise Refused("backfill_sql_refused", error=str(error).strip(), table=table) from error

    def begin(self, connection: BaseDatabaseWrapper, table: str) -> None:
        """Learn how the columns are compared: types without ``=``, such as json, as text."""
        self._plan(connection, table)

    def do(self, batch: Batch) -> Done:
        where, params = batch.where()
        with batch.connection.cursor() as cursor:
            cursor.execute(self.statement(batch.connection, batch.table, where), params)
            return Done(changed=cursor.rowcount)

    def statement(self, connection: BaseDatabaseWrapper, table: str, where: str) -> str:
        """The UPDATE of the rows ``where``; percent signs are doubled for the driver."""
        quote = connection.ops.quote_name
        assigned = {quote(name): sql.replace("%", "%%") for name, sql in self.assigned.items()}
        cast = "::text" if self._as_text else ""
        differ = " OR ".join(
            f"({name}){cast} IS DISTINCT FROM ({sql}){cast}" for name, sql in assigned.items()
        )
        conditions = [where, f"({differ})"]
        if self.condition:
            conditions.insert(1, f"({self.condition.replace('%', '%%')})")
        changes = ", ".join(f"{name} = ({sql})" for name, sql in assigned.items())
        return f"UPDATE {table} SET {changes} WHERE {' AND '.join(conditions)}"  # noqa: S608

    def _plan(self, connection: BaseDatabaseWrapper, table: str) -> None:
        try:
            self._explain(connection, table)
        except DatabaseError as error:
            if self._as_text or faults.code_of(error) != _NO_EQUALITY:
                raise
            self._as_text = True
            self._explain(connection, table)

    def _explain(self, connection: BaseDatabaseWrapper, table: str) -> None:
        statement = self.statement(connection, table, "FALSE")
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}", [])
