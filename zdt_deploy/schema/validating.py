"""Looks at the rows from before a constraint, and takes back a constraint that they violate.

One that is NOT VALID keeps new rows out, but the old ones, too, as soon as somebody updates them:
a release that worked with them would fail. So what a run has added and can't validate goes again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import DatabaseError, IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import keys
from zdt_deploy.schema import catalogue, ddl
from zdt_deploy.schema.catalogue import Constraint, quoted_name

VIOLATED = frozenset({"rows_violate", "rows_violate_still"})
FIRST = 5
_CHECK = re.compile(r"CHECK (\(.*\))(?: NO INHERIT)?(?: NOT VALID)?", re.DOTALL)


def validate(
    editor: BaseDatabaseSchemaEditor,
    table: str,
    name: str,
    *,
    ours: bool = False,
    others: Sequence[str] = (),
) -> None:
    """Look at the rows that were there before the constraint.

    ``ours`` is one that this run has added: it goes again where it can't be validated, whatever the
    reason; ``others`` are tables that are locked with it. Raises Refused("rows_violate") with the
    keys of the first rows, or "rows_violate_still" where the constraint stays.
    """
    sql = f"ALTER TABLE {catalogue.quoted(table)} VALIDATE CONSTRAINT {quoted_name(name)}"
    try:
        ddl.scan(editor, sql, table=table, what=f"Validating the constraint {name} of {table}")
    except IntegrityError as error:
        there = catalogue.constraints(editor.connection, table).get(name)
        gone = ours and take_back(editor, table, name, others=others)
        raise Refused(
            "rows_violate" if gone else "rows_violate_still", table=table, name=name,
            detail=_detail(error), rows=_first_rows(editor.connection, table, there),
        ) from error  # fmt: skip
    except BaseException:
        ddl.break_off(editor.connection)
        if ours:
            take_back(editor, table, name, others=others, patience=ddl.CLEANING_SECONDS)
        raise


def take_back(
    editor: BaseDatabaseSchemaEditor,
    table: str,
    name: str,
    *,
    others: Sequence[str] = (),
    patience: float | None = None,
) -> bool:
    """Drop the constraint, or say in the log that it stays: False then."""
    sql = f"ALTER TABLE {catalogue.quoted(table)} DROP CONSTRAINT IF EXISTS {quoted_name(name)}"
    try:
        ddl.short(
            editor, [sql], tables=[table, *others], patience=patience,
            what=f"Taking the constraint {name} of {table} back",
        )  # fmt: skip
    except (DatabaseError, Refused) as error:
        ddl.tell("constraint_left", table=table, name=name, error=str(error), sql=sql)
        return False
    return True


def _first_rows(connection: BaseDatabaseWrapper, table: str, there: Constraint | None) -> str:
    """Keys of rows that violate the constraint, as ``id 3, 7``; "-" where none is known."""
    condition = "" if there is None else _violation(there)
    if not condition:
        return "-"
    try:
        found = keys.table(connection, table)
        columns = keys.find(connection, found).columns
        values = ", ".join(f"{column.sql}::text" for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {values} FROM {found.sql} AS own"  # noqa: S608 - names are quoted
                f" WHERE {condition} LIMIT {FIRST + 1}"
            )
            rows = ["/".join(row) for row in cursor.fetchall()]
    except (DatabaseError, Refused):
        return "-"
    names = "/".join(column.name for column in columns)
    more = ", …" if len(rows) > FIRST else ""
    return f"{names} {', '.join(rows[:FIRST])}{more}" if rows else "-"


def _violation(there: Constraint) -> str:
    """SQL: a row of ``own`` violates the constraint; "" where zdt does not know."""
    own = [f"own.{quoted_name(column)}" for column in there.columns]
    if there.type == "n":
        return f"{own[0]} IS NULL"
    if there.type == "c" and (found := _CHECK.fullmatch(there.definition)):
        return f"NOT {found[1]}"
    if there.type == "f":
        other = [f"other.{quoted_name(column)}" for column in there.referenced]
        same = " AND ".join(f"{a} = {b}" for a, b in zip(own, other, strict=True))
        filled = " AND ".join(f"{column} IS NOT NULL" for column in own)
        target = catalogue.quoted(there.references)
        return f"{filled} AND NOT EXISTS (SELECT FROM {target} AS other WHERE {same})"
    return ""


def _detail(error: Exception) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    text = getattr(diagnosis, "message_detail", None) or str(error).splitlines()[0]
    return text.rstrip(".")
