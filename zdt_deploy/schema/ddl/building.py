"""Indexes that are built and dropped CONCURRENTLY, and what failed builds leave behind."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from psycopg import Error as PsycopgError
from psycopg.pq import TransactionStatus

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.ddl import telling
from zdt_deploy.schema.ddl.editor import require_no_transaction
from zdt_deploy.schema.ddl.errors import QUERY_CANCELED, sqlstate
from zdt_deploy.schema.ddl.locked import short
from zdt_deploy.schema.ddl.lookout import BuildLookout
from zdt_deploy.schema.ddl.timeouts import session, without_end
from zdt_deploy.schema.locks import blockers

CLEANING_SECONDS = 10.0


def concurrently(
    schema_editor: BaseDatabaseSchemaEditor, statement: str, *, table: str, what: str
) -> None:
    """Run CREATE or DROP INDEX CONCURRENTLY, which waits for transactions but holds nobody up.

    Doesn't start while old transactions are open that it would wait for, says who it waits for,
    and drops what a failed or cancelled build leaves behind. Refused("snapshots_held") or
    Refused("build_waits_too_long") name who is in the way.
    """
    require_no_transaction(schema_editor, what)
    if schema_editor.collect_sql:
        schema_editor.execute(statement, params=None)
        return
    connection = schema_editor.connection
    _await_old_snapshots(connection, table, what)
    before = _invalid(connection, table)
    with session(connection, {**without_end(connection), "lock_timeout": 0.0}):
        with BuildLookout(connection, statement, what) as lookout:
            try:
                schema_editor.execute(statement, params=None)
            except BaseException as error:
                break_off(connection)
                _clean(schema_editor, table, before, what)
                if lookout.gave_up and sqlstate(error) == QUERY_CANCELED:
                    raise Refused(
                        "build_waits_too_long",
                        what=what,
                        seconds=round(conf.SCHEMA_BUILD_PATIENCE_SECONDS, 1),
                        blockers=blockers.described(lookout.gave_up),
                    ) from error
                raise


def drop_invalid(
    editor: BaseDatabaseSchemaEditor,
    table: str,
    names: Collection[str],
    *,
    what: str,
    patience: float | None = None,
) -> None:
    """Drop those of the indexes that are invalid while nobody can be building them."""
    schema = (catalogue.full_name(editor.connection, table) or table).partition(".")[0]

    def leftovers() -> list[str]:
        editor.execute(
            f"LOCK TABLE ONLY {catalogue.quoted(table)} IN ACCESS EXCLUSIVE MODE", params=None
        )
        still = sorted(_invalid(editor.connection, table) & set(names))
        return [f"DROP INDEX {catalogue.quoted(f'{schema}.{name}')}" for name in still]

    short(editor, leftovers, tables=[table], what=what, patience=patience)


def _await_old_snapshots(connection: BaseDatabaseWrapper, table: str, what: str) -> None:
    """Wait until no old transaction is open that an index build would wait for."""
    began = time.monotonic()
    pause = conf.SCHEMA_LOCK_PAUSE_SECONDS
    while True:
        tables = [table, *catalogue.partitions(connection, table)]
        oids = [oid for name in tables if (oid := catalogue.oid(connection, name)) is not None]
        old = blockers.of_build(connection, oids, conf.SCHEMA_OLD_SNAPSHOT_SECONDS)
        if not old:
            return
        if time.monotonic() - began + pause >= conf.SCHEMA_LOCK_PATIENCE_SECONDS:
            raise Refused("snapshots_held", what=what, blockers=blockers.described(old))
        telling.tell("build_put_off", what=what, blockers=blockers.described(old))
        time.sleep(pause)
        pause = min(pause * 1.5, conf.SCHEMA_LOCK_LONGEST_PAUSE_SECONDS)


def _invalid(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    found = catalogue.indexes(connection, table)
    return {name for name, index in found.items() if not index.valid and not index.partitioned}


def break_off(connection: BaseDatabaseWrapper) -> None:
    """End a session that an interrupt has left in the middle of a statement; the next use of the
    connection opens another."""
    inner = connection.connection
    if inner is not None and inner.info.transaction_status == TransactionStatus.ACTIVE:
        with suppress(DatabaseError, PsycopgError):
            inner.cancel_safe(timeout=CLEANING_SECONDS)
        connection.close()


def _clean(editor: BaseDatabaseSchemaEditor, table: str, before: set[str], what: str) -> None:
    """Drop the invalid indexes that weren't there before; what can't be dropped now is named."""
    left: set[str] = set()
    try:
        left = _invalid(editor.connection, table) - before
        if left:
            drop_invalid(editor, table, left, what=what, patience=CLEANING_SECONDS)
    except (DatabaseError, Refused) as error:
        indexes = ", ".join(sorted(left)) or "?"
        telling.tell("index_left_invalid", what=what, indexes=indexes, error=str(error))
