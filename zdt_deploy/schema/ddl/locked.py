"""Statements that lock: strongly for an instant, or weakly for as long as they read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_deploy.schema import catalogue
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.ddl import autovacuum
from zdt_deploy.schema.ddl.editor import require_no_transaction
from zdt_deploy.schema.ddl.patience import with_patience
from zdt_deploy.schema.ddl.timeouts import set_timeouts, without_end

Statements = Sequence[str] | Callable[[], Sequence[str]]


def short(
    schema_editor: BaseDatabaseSchemaEditor,
    statements: Statements,
    *,
    tables: Sequence[str],
    what: str,
    patience: float | None = None,
) -> None:
    """Run the ``statements`` in one transaction that waits only for instants for its locks.

    ``statements`` may be a function that is asked inside the transaction, where nobody else
    changes these ``tables`` through zdt, so that it can read the catalogue and leave out what is
    done. ``what`` names the step for people. Refused("lock_not_had") after
    ZDT_SCHEMA_LOCK_PATIENCE_SECONDS, Refused("statement_too_slow") where the work itself isn't
    short; nothing is changed then.
    """
    require_no_transaction(schema_editor, what)
    if patience is None:
        patience = getattr(schema_editor, "zdt_patience", None)
    if schema_editor.collect_sql:
        for statement in _resolved(statements):
            schema_editor.execute(statement, params=None)
        return

    def attempt(seconds: float, yields_after: float) -> None:
        with _short_transaction(schema_editor.connection, seconds) as remaining:
            autovacuum.hurry(schema_editor.connection, yields_after)
            take_turns(schema_editor.connection, tables)
            if (guard := getattr(schema_editor, "zdt_guard", None)) is not None:
                guard()
            for statement in _resolved(statements):
                remaining()
                schema_editor.execute(statement, params=None)

    with_patience(schema_editor.connection, attempt, tables, what, patience, bounded=True)


def scan(schema_editor: BaseDatabaseSchemaEditor, statement: str, *, table: str, what: str) -> None:
    """Run a statement that reads the whole table under a weak lock, such as VALIDATE CONSTRAINT.

    It waits for its lock as `short` does, and takes the time it needs once it has it.
    """
    require_no_transaction(schema_editor, what)
    if schema_editor.collect_sql:
        schema_editor.execute(statement, params=None)
        return
    connection = schema_editor.connection

    def attempt(seconds: float, yields_after: float) -> None:
        with transaction.atomic(connection.alias, durable=True):
            set_timeouts(
                connection, {**without_end(connection), "lock_timeout": seconds}, local=True
            )
            autovacuum.hurry(connection, yields_after)
            schema_editor.execute(statement, params=None)

    with_patience(connection, attempt, [table], what, None, bounded=False)


def take_turns(connection: BaseDatabaseWrapper, tables: Sequence[str]) -> None:
    """In the open transaction: be the only one of zdt's schema changes on these tables."""
    with connection.cursor() as cursor:
        for table in sorted({catalogue.full_name(connection, t) or t for t in tables}):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext('zdt.schema'), hashtext(%s))", [table]
            )


def _resolved(statements: Statements) -> Sequence[str]:
    return statements() if callable(statements) else statements


@contextmanager
def _short_transaction(
    connection: BaseDatabaseWrapper, seconds: float
) -> Iterator[Callable[[], None]]:
    """Yields what to call before each statement: all of them together wait for ``seconds``."""
    began = time.monotonic()

    def remaining() -> None:
        left = max(seconds - (time.monotonic() - began), 0.01)
        held = left + conf.SCHEMA_STATEMENT_SECONDS
        set_timeouts(connection, {"lock_timeout": left, "statement_timeout": held}, local=True)

    with transaction.atomic(connection.alias, durable=True):
        remaining()
        yield remaining
