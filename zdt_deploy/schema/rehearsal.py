"""Tries DDL on an empty table like the real one, in a transaction that is rolled back.

PostgreSQL itself then says how it writes a definition, and whether a statement rewrites the table.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_deploy.schema import catalogue


@contextmanager
def stage(editor: BaseDatabaseSchemaEditor, table: str) -> Iterator[str]:
    """Yields the name of an empty table with the columns of ``table``; all is undone at the end."""
    connection = editor.connection
    schema = (catalogue.full_name(connection, table) or f"public.{table}").partition(".")[0]
    double = f"{schema}.zdt_rehearsal_{secrets.token_hex(6)}"
    with transaction.atomic(connection.alias, durable=True):
        editor.execute(
            f"CREATE TABLE {catalogue.quoted(double)} (LIKE {catalogue.quoted(table)})", params=None
        )
        yield double
        transaction.set_rollback(True, connection.alias)


def rewrites(editor: BaseDatabaseSchemaEditor, table: str, change: str) -> bool:
    """Whether ``ALTER TABLE table change`` writes the whole table anew."""
    with stage(editor, table) as double:
        before = _file(editor, double)
        editor.execute(f"ALTER TABLE {catalogue.quoted(double)} {change}", params=None)
        return _file(editor, double) != before


def _file(editor: BaseDatabaseSchemaEditor, table: str) -> int:
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_filenode(%s::regclass)", [catalogue.quoted(table)])
        return int(cursor.fetchone()[0])
