"""Runs the statements of a schema change so that the site goes on.

`short` for what needs a strong lock for an instant, `scan` for what reads the whole table under a
weak one, `concurrently` for index builds. Each restores the session's timeouts whatever happens,
and only collects its statements for `sqlmigrate`.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core import messages
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.locks import Blocker, Policy, Step, blockers
from zdt_deploy.schema.locks.lookout import Lookout

logger = logging.getLogger("zdt.schema")

Statements = Sequence[str] | Callable[[], Sequence[str]]
Attempt = Callable[[float, float], None]
"""Takes the seconds for the lock, and those after which an autovacuum gives way (0: as ever)."""

LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK = "40P01"
DUPLICATE_TABLE = "42P07"
QUERY_CANCELED = "57014"
_LOOKS_PER_TRY = 5
_CLEANING_SECONDS = 10.0


def Editor(
    connection: BaseDatabaseWrapper,
    patience: float | None = None,
    guard: Callable[[], None] | None = None,
) -> BaseDatabaseSchemaEditor:
    """A schema editor for steps that are done without a migration.

    ``patience`` are the seconds for which `short` tries to get its locks, where it isn't told.
    ``guard`` is called at each of its tries, inside the transaction and before the first
    statement; what it raises ends the step, and nothing is changed.
    """
    editor: Any = connection.SchemaEditorClass(connection, collect_sql=False, atomic=False)
    editor.deferred_sql, editor.zdt_patience, editor.zdt_guard = [], patience, guard
    return editor


def tell(code: str, **params: Any) -> None:
    """Say in the log, and so to who runs the migration, what happens now and why it takes time."""
    logger.warning("%s", messages.text(code, params))


def require_no_transaction(editor: BaseDatabaseSchemaEditor, what: str) -> None:
    """Refuse in an open transaction: its locks would be held to the end of the migration."""
    if not editor.collect_sql and editor.connection.in_atomic_block:
        raise Refused("migration_is_atomic", what=what)


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
            _hurry_autovacuum(schema_editor.connection, yields_after)
            take_turns(schema_editor.connection, tables)
            if (guard := getattr(schema_editor, "zdt_guard", None)) is not None:
                guard()
            for statement in _resolved(statements):
                remaining()
                schema_editor.execute(statement, params=None)

    _with_patience(schema_editor.connection, attempt, tables, what, patience, bounded=True)


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
            _set(connection, {**_without_end(connection), "lock_timeout": seconds}, local=True)
            _hurry_autovacuum(connection, yields_after)
            schema_editor.execute(statement, params=None)

    _with_patience(connection, attempt, [table], what, None, bounded=False)


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
    with _session(connection, {**_without_end(connection), "lock_timeout": 0.0}):
        with _BuildLookout(connection, statement, what) as lookout:
            try:
                schema_editor.execute(statement, params=None)
            except BaseException as error:
                _clean(schema_editor, table, before, what)
                if lookout.gave_up and sqlstate(error) == QUERY_CANCELED:
                    raise Refused(
                        "build_waits_too_long",
                        what=what,
                        seconds=round(conf.SCHEMA_BUILD_PATIENCE_SECONDS, 1),
                        blockers=blockers.described(lookout.gave_up),
                    ) from error
                raise


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
        _set(connection, {"lock_timeout": left, "statement_timeout": held}, local=True)

    with transaction.atomic(connection.alias, durable=True):
        remaining()
        yield remaining


def _with_patience(
    connection: BaseDatabaseWrapper,
    attempt: Attempt,
    tables: Sequence[str],
    what: str,
    patience: float | None,
    *,
    bounded: bool,
) -> None:
    """Make the ``attempt`` over again until it has its locks; ``bounded`` ones have their own
    limit for the work, too."""
    began = time.monotonic()
    error = _tried(attempt, conf.SCHEMA_LOCK_SECONDS, 0.0, bounded=bounded)
    if error is None:
        return
    policy = _policy(connection, patience)
    with Lookout(connection, policy.short / _LOOKS_PER_TRY) as lookout:
        seen: tuple[Blocker, ...] = ()
        while True:
            oids = [oid for t in tables if (oid := catalogue.oid(connection, t)) is not None]
            now = lookout.seen() or blockers.holders(connection, oids)
            seen = now or seen
            if sqlstate(error) == QUERY_CANCELED and not now:
                raise Refused(
                    "statement_too_slow", what=what, seconds=conf.SCHEMA_STATEMENT_SECONDS
                ) from error
            wait = policy.next(
                time.monotonic() - began,
                vacuums=[blocker.pid for blocker in now if blocker.gives_way],
                others=[blocker.pid for blocker in now if not blocker.gives_way],
            )
            if wait.step is Step.GIVE_UP:
                raise Refused(
                    "lock_not_had",
                    what=what,
                    tables=", ".join(tables),
                    tries=policy.failures,
                    seconds=round(time.monotonic() - began, 1),
                    blockers=blockers.described(seen) or "?",
                ) from error
            tell(
                "lock_tried_again", what=what, seconds=round(wait.pause, 1),
                blockers=blockers.described(now) or "?",
            )  # fmt: skip
            time.sleep(wait.pause)
            hurried = policy.yields_after if wait.step is Step.LONG else 0.0
            error = _tried(attempt, wait.seconds, hurried, bounded=bounded)
            if error is None:
                return


def _policy(connection: BaseDatabaseWrapper, patience: float | None) -> Policy:
    short = conf.SCHEMA_LOCK_SECONDS
    return Policy(
        short=short,
        pause=conf.SCHEMA_LOCK_PAUSE_SECONDS,
        longest_pause=conf.SCHEMA_LOCK_LONGEST_PAUSE_SECONDS,
        patience=conf.SCHEMA_LOCK_PATIENCE_SECONDS if patience is None else patience,
        yields_after=short / 2 if _may_hurry(connection) else _deadlock_timeout(connection),
    )


def _tried(
    attempt: Attempt, seconds: float, yields_after: float, *, bounded: bool
) -> DatabaseError | None:
    """None if it went through; the error if it was only for the lock or the time."""
    began = time.monotonic()
    try:
        attempt(seconds, yields_after)
    except OperationalError as error:
        state = sqlstate(error)
        if state in (LOCK_NOT_AVAILABLE, DEADLOCK):
            return error
        # What ends before its time was cancelled by somebody, who means it.
        limit = conf.SCHEMA_STATEMENT_SECONDS if bounded else math.inf
        if state == QUERY_CANCELED and time.monotonic() - began >= limit:
            return error
        raise
    return None


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's code of the error; empty where it has none."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def _deadlock_timeout(connection: BaseDatabaseWrapper) -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setting::float / 1000 FROM pg_settings WHERE name = 'deadlock_timeout'"
        )
        return float(cursor.fetchone()[0])


def _may_hurry(connection: BaseDatabaseWrapper) -> bool:
    """Whether this role may set deadlock_timeout: superusers, and who was granted it."""
    with connection.cursor() as cursor:
        if connection.pg_version >= 150000:  # type: ignore[attr-defined]
            cursor.execute("SELECT has_parameter_privilege('deadlock_timeout', 'SET')")
        else:
            cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        return bool(cursor.fetchone()[0])


def _hurry_autovacuum(connection: BaseDatabaseWrapper, yields_after: float) -> None:
    """An autovacuum gives way to who waits for deadlock_timeout: make that short, where we may."""
    if yields_after and _may_hurry(connection):
        _set(connection, {"deadlock_timeout": yields_after}, local=True)


def _without_end(connection: BaseDatabaseWrapper) -> dict[str, float]:
    """The limits that end what runs for long, off."""
    limits = {"statement_timeout": 0.0}
    if connection.pg_version >= 170000:  # type: ignore[attr-defined]
        limits["transaction_timeout"] = 0.0
    return limits


def _set(connection: BaseDatabaseWrapper, limits: dict[str, float], *, local: bool) -> None:
    with connection.cursor() as cursor:
        for name, seconds in limits.items():
            cursor.execute(
                "SELECT set_config(%s, %s, %s)", [name, f"{round(seconds * 1000)}ms", local]
            )


@contextmanager
def _session(connection: BaseDatabaseWrapper, limits: dict[str, float]) -> Iterator[None]:
    """The ``limits`` for the whole session, and what was there before at the end. Where that
    can't be restored, the session is closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(limits)])
        there = {name: int(setting) / 1000 for name, setting in cursor.fetchall()}
    before = {name: seconds for name, seconds in there.items() if seconds != limits[name]}
    try:
        _set(connection, {name: limits[name] for name in before}, local=False)
        yield
    finally:
        try:
            _set(connection, before, local=False)
        except BaseException:
            connection.close()
            raise


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
        tell("build_put_off", what=what, blockers=blockers.described(old))
        time.sleep(pause)
        pause = min(pause * 1.5, conf.SCHEMA_LOCK_LONGEST_PAUSE_SECONDS)


def _invalid(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    found = catalogue.indexes(connection, table)
    return {name for name, index in found.items() if not index.valid and not index.partitioned}


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


def _clean(editor: BaseDatabaseSchemaEditor, table: str, before: set[str], what: str) -> None:
    """Drop the invalid indexes that weren't there before; what can't be dropped now is named."""
    left: set[str] = set()
    try:
        left = _invalid(editor.connection, table) - before
        if left:
            drop_invalid(editor, table, left, what=what, patience=_CLEANING_SECONDS)
    except (DatabaseError, Refused) as error:
        indexes = ", ".join(sorted(left)) or "?"
        tell("index_left_invalid", what=what, indexes=indexes, error=str(error))


class _BuildLookout(Lookout):
    """Says who a build waits for, and cancels it when that lasts too long."""

    def __init__(self, connection: BaseDatabaseWrapper, statement: str, what: str) -> None:
        super().__init__(connection, every=min(1.0, conf.SCHEMA_BUILD_PATIENCE_SECONDS / 4))
        self.gave_up: tuple[Blocker, ...] = ()
        self._statement, self._what = statement, what
        self._waiting_for: dict[int, float] = {}
        self._told: frozenset[int] = frozenset()

    def notice(self, connection: BaseDatabaseWrapper, found: tuple[Blocker, ...]) -> None:
        now = time.monotonic()
        pids = frozenset(blocker.pid for blocker in found)
        self._waiting_for = {pid: self._waiting_for.get(pid, now) for pid in pids}
        longest = max((now - since for since in self._waiting_for.values()), default=0.0)
        if longest >= conf.SCHEMA_BUILD_PATIENCE_SECONDS and not self.gave_up:
            self.gave_up = found
            with connection.cursor() as cursor:
                # behind a pooler the process id may be somebody else's by now
                cursor.execute(
                    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                    " WHERE pid = %s AND left(query, 200) = left(%s, 200)",
                    [self.pid, self._statement],
                )
        elif longest > 0 and pids != self._told:
            self._told = pids
            tell("build_waits", what=self._what, blockers=blockers.described(found))
