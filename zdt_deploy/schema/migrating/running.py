"""Django's `migrate`, with an eye on each migration: our turn, its limits, what it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management import call_command, get_commands, load_command_class
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration

from zdt_core.exceptions import Refused
from zdt_deploy.schema.migrating import collisions, turn
from zdt_deploy.schema.migrating.wish import Report, Wish

_OPERATIONS = "zdt_deploy.schema.operations"
_STARTS, _ENDS = ("apply_start", "unapply_start"), ("apply_success", "unapply_success")


class Attempt:
    """One run of `migrate`.

    While it waits for a lock, the site waits behind it. So a migration in one transaction, which
    comes back whole, waits ``lock_seconds`` at most. Others have limits of their own (ours), or
    would leave something half done (an index built CONCURRENTLY).
    """

    def __init__(self, wish: Wish, report: Report, lock_seconds: float) -> None:
        self.at: Migration | None = None
        self._wish, self._report = wish, report
        self._lock_seconds = lock_seconds
        self._limited = False

    @property
    def name(self) -> str:
        """The migration that it is at."""
        return "" if self.at is None else _name(self.at)

    @property
    def may_be_repeated(self) -> bool:
        """Whether the migration that failed left nothing half done, or knows how to go on."""
        return self.at is None or self.at.atomic or all(map(_is_ours, self.at.operations))

    def run(self, stdout: Any, verbosity: int, *, checked: bool = False) -> None:
        """Raises what the migration raises. System checks run first, unless they have."""
        command: Any = load_command_class(get_commands()["migrate"], "migrate")
        told = command.migration_progress_callback
        command.migration_progress_callback = self._watching(told)
        try:
            call_command(
                command, *self._wish.target, database=self._wish.alias, fake=self._wish.fake,
                interactive=False, verbosity=verbosity, stdout=stdout, skip_checks=checked,
            )  # fmt: skip
        except BaseException:
            if self.at is not None and verbosity:
                stdout.write("\n")  # Django has begun a line
            raise
        finally:
            self._unlimit()

    def _watching(self, told: Callable[..., Any]) -> Callable[..., Any]:
        def progress(action: str, migration: Any = None, fake: bool = False) -> None:
            if action in _STARTS:
                self._begin(migration, backwards=action == "unapply_start")
            told(action, migration, fake)
            if action in _ENDS:
                self._end(action, migration)

        return progress

    def _begin(self, migration: Migration, *, backwards: bool) -> None:
        self.at = migration
        if not turn.is_ours(self._connection):
            raise Refused("migrate_turn_lost", migration=self.name)
        self._require_no_collision(migration, backwards)
        if migration.atomic:
            self._limit()

    def _require_no_collision(self, migration: Migration, backwards: bool) -> None:
        """Once more than before all of them, as those before it have begun and ended changes."""
        if not self._wish.fake:
            refusal = collisions.of_migration(self._wish.alias, migration, backwards=backwards)
            if refusal is not None:
                raise refusal

    def _end(self, action: str, migration: Migration) -> None:
        self._unlimit()
        self.at = None
        done = self._report.applied if action == "apply_success" else self._report.reversed
        done.append(_name(migration))

    def _limit(self) -> None:
        with self._connection.cursor() as cursor:
            milliseconds = f"{round(self._lock_seconds * 1000)}ms"
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [milliseconds])
        self._limited = True

    def _unlimit(self) -> None:
        if not self._limited:
            return
        self._limited = False
        if self._connection.is_usable():
            with self._connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    @property
    def _connection(self) -> BaseDatabaseWrapper:
        return connections[self._wish.alias]


def _name(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"


def _is_ours(operation: Any) -> bool:
    return type(operation).__module__.startswith(_OPERATIONS)
