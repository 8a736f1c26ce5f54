"""Tables: whether they are there, what they are called, what they are made of."""

from __future__ import annotations

from django.db import ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import InsufficientPrivilege

from zdt_deploy.schema.catalogue.reading import rows


def quoted(table: str) -> str:
    """The name as SQL: each part in double quotes. A name that is quoted already stays."""
    if table.startswith('"'):
        return table
    return ".".join(quoted_name(part) for part in table.split(".", 1))


def quoted_name(name: str) -> str:
    """One part of a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def oid(connection: BaseDatabaseWrapper, table: str) -> int | None:
    """The table's oid; None where there is no such table, view or index."""
    found = rows(connection, "SELECT to_regclass(%s)::oid", [quoted(table)])
    return found[0][0] if found[0][0] is None else int(found[0][0])


def table_exists(connection: BaseDatabaseWrapper, table: str) -> bool:
    return oid(connection, table) is not None


def relation_exists(connection: BaseDatabaseWrapper, table: str, name: str) -> bool:
    """Whether anything in the schema of ``table`` is called ``name``."""
    found = rows(
        connection,
        """SELECT EXISTS (
               SELECT 1 FROM pg_class c JOIN pg_class t ON t.relnamespace = c.relnamespace
               WHERE t.oid = to_regclass(%s) AND c.relname = %s)""",
        [quoted(table), name],
    )
    return bool(found[0][0])


def full_name(connection: BaseDatabaseWrapper, table: str) -> str | None:
    """``schema.table`` as search_path finds it, unquoted; None where there is no such table."""
    found = rows(
        connection,
        "SELECT n.nspname || '.' || c.relname FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)",
        [quoted(table)],
    )
    return found[0][0] if found else None


def is_empty(connection: BaseDatabaseWrapper, table: str) -> bool:
    """Whether the table has no row, or isn't there; looks for one row and counts none.

    Not so where a policy may hide rows, or they may not be read.
    """
    if not table_exists(connection, table):
        return True
    return not has_row(connection, table, "TRUE")


def has_row(connection: BaseDatabaseWrapper, table: str, where: str) -> bool:
    """Whether some row is so; yes where a policy may hide rows, or they may not be read, unless
    the table has never had any."""
    if rows(connection, _HAS_NO_PAGE, [quoted(table)]) == [(True,)]:
        return False
    try:
        with transaction.atomic(using=connection.alias):
            [(before,)] = rows(connection, "SELECT current_setting('row_security')", [])
            _set_row_security(connection, "off")
            sql = f"SELECT EXISTS (SELECT 1 FROM {quoted(table)} WHERE {where})"  # noqa: S608
            with connection.cursor() as cursor:
                cursor.execute(sql, None)
                found = bool(cursor.fetchone()[0])
            _set_row_security(connection, before)
            return found
    except ProgrammingError as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            return True
        raise


def _set_row_security(connection: BaseDatabaseWrapper, value: str) -> None:
    rows(connection, "SELECT set_config('row_security', %s, true)", [value])


_HAS_NO_PAGE = """
    WITH RECURSIVE family AS (
        SELECT to_regclass(%s)::oid AS oid
        UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent)
    SELECT bool_and(c.relkind IN ('r', 'p') AND pg_relation_size(c.oid) = 0)
    FROM pg_class c JOIN family USING (oid)
"""


def is_partitioned(connection: BaseDatabaseWrapper, table: str) -> bool:
    found = rows(
        connection,
        "SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)",
        [quoted(table)],
    )
    return bool(found and found[0][0])


def partitions(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """The table's direct partitions and children as ``schema.table``, in order of their names."""
    found = rows(
        connection,
        """SELECT n.nspname || '.' || c.relname FROM pg_inherits i
           JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE i.inhparent = to_regclass(%s) ORDER BY 1""",
        [quoted(table)],
    )
    return [name for (name,) in found]
