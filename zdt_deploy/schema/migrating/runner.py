"""One run of zdt_migrate: our turn, the migrations, what is owed, and whether it is all there."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from zdt_core import database, events
from zdt_core.commands import Progress
from zdt_core.conf import conf as core
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.schema import changes, shapes
from zdt_deploy.schema.conf import conf as schema
from zdt_deploy.schema.locks import Blocker, Policy, Step, blockers
from zdt_deploy.schema.locks.lookout import Lookout
from zdt_deploy.schema.migrating import collisions, needs, owed, planned, turn, waiting
from zdt_deploy.schema.migrating.conf import conf
from zdt_deploy.schema.migrating.direct import past_the_pooler
from zdt_deploy.schema.migrating.running import Attempt
from zdt_deploy.schema.migrating.wish import Report, Wish

logger = logging.getLogger("zdt.schema")
EVENT = "schema.migrated"
LOCKS = frozenset({"55P03", "40P01"})
"""SQLSTATE of a lock timeout and of a deadlock."""

PATIENT = frozenset(
    {
        "lock_not_had",
        "snapshots_held",
        "build_waits_too_long",
        "index_being_built",
    }
)
"""Refusals that another try may overcome, where the migration may be repeated."""

_LOOKS_PER_TRY = 5


@dataclass(slots=True)
class Ears:
    """Where it says what happens: Django's own lines, and ours."""

    stdout: Any
    shown: Progress
    verbosity: int = 1

    def say(self, text: str) -> None:
        self.shown.say(text)


def migrate(wish: Wish, ears: Ears) -> Report:
    """Bring the database where ``wish`` says. What kept it from there are problems in the report;
    what is broken rather than refused is raised."""
    report = Report(wish.alias, core.VERSION or "")
    try:
        if wish.fake and not wish.reason.strip():
            raise Refused("migrate_fake_reason")
        with past_the_pooler(wish.alias) as connection:
            _run(wish, report, connection, ears)
    except Refused as refusal:
        report.problems.append(
            {"code": refusal.code, "params": refusal.params, "text": str(refusal)}
        )
    return report


def _run(wish: Wish, report: Report, connection: BaseDatabaseWrapper, ears: Ears) -> None:
    actor = Actor.shell()
    report.queued_seconds += turn.take(connection, ears.say)
    try:
        _require_no_collision(wish)
        with owed.told_at_the_end():
            _Tries(wish, report, connection, ears).until_done()
        if wish.is_whole and changes.tables_exist():
            report.contracted = owed.contract_what_may(wish.alias, actor)
    finally:
        _end(wish, report, actor)
    if wish.is_whole and (missing := needs.missing(connection)):
        raise Refused("migrate_still_missing", alias=wish.alias, missing=", ".join(missing))
    if wish.is_whole and changes.tables_exist() and (behind := shapes.behind(wish.alias)):
        left = ", ".join(dict.fromkeys(name for names in behind.values() for name in names))
        raise Refused("migrate_models_behind", changes=", ".join(behind), left=left)


def _require_no_collision(wish: Wish) -> None:
    """Raise Refused before anything is done, where a migration of the plan collides."""
    if wish.fake or not collisions.open_changes(wish.alias):
        return
    for _migration, refusal in collisions.of_plan(wish.alias, planned.migrations(wish)):
        raise refusal


class _Tries:
    """The same migrations again and again, until they are done or patience ends."""

    def __init__(
        self, wish: Wish, report: Report, connection: BaseDatabaseWrapper, ears: Ears
    ) -> None:
        self._wish, self._report, self._connection, self._ears = wish, report, connection, ears
        self._seconds = schema.SCHEMA_LOCK_SECONDS
        self._now: tuple[Blocker, ...] = ()
        self._seen: tuple[Blocker, ...] = ()
        self._renew()

    def _renew(self) -> None:
        """Patience is for one migration; the next has its own."""
        self._began = time.monotonic()
        self._stuck_at = ""
        self._policy = Policy(
            short=schema.SCHEMA_LOCK_SECONDS,
            pause=schema.SCHEMA_LOCK_PAUSE_SECONDS,
            longest_pause=schema.SCHEMA_LOCK_LONGEST_PAUSE_SECONDS,
            patience=conf.MIGRATE_PATIENCE_SECONDS,
            yields_after=_deadlock_timeout(self._connection),
        )

    def until_done(self) -> None:
        while True:
            self._report.tries += 1
            attempt = Attempt(self._wish, self._report, self._seconds)
            try:
                self._run(attempt)
                return
            except Refused as refusal:
                self._after_refusal(attempt, refusal)
            except OperationalError as error:
                if _state(error) not in LOCKS or not attempt.may_be_repeated:
                    raise
                self._again(attempt, error)
            except DatabaseError as error:
                because = owed.in_the_way(error, self._connection, attempt.name)
                if because is None:
                    raise
                raise because from error

    def _run(self, attempt: Attempt) -> None:
        """From the second try on somebody watches who is in the way."""
        if self._report.tries == 1:
            attempt.run(self._ears.stdout, self._ears.verbosity)
            return
        every = max(schema.SCHEMA_LOCK_SECONDS / _LOOKS_PER_TRY, 0.01)
        with Lookout(self._connection, every) as lookout:
            try:
                attempt.run(self._ears.stdout, self._ears.verbosity, checked=True)
            finally:
                self._now = lookout.seen()

    def _after_refusal(self, attempt: Attempt, refusal: Refused) -> None:
        if refusal.code == "migrate_turn_lost":
            self._again(attempt, refusal)
        elif not attempt.may_be_repeated:
            raise refusal
        elif refusal.code in PATIENT:
            self._again(attempt, refusal)
        elif refusal.code == "schema_not_verified" and self._wish.wait > 0:
            self._await(refusal)
        else:
            raise refusal

    def _await(self, refusal: Refused) -> None:
        """Let others have their turn while rows are filled and compared."""
        turn.give_back(self._connection)
        try:
            key = refusal.params["key"]
            self._report.waited_seconds += waiting.until_verified(
                key, self._wish.alias, self._wish.wait - self._report.waited_seconds,
                self._ears.shown,
            )  # fmt: skip
        finally:
            self._report.queued_seconds += turn.take(self._connection, self._ears.say)

    def _again(self, attempt: Attempt, error: Exception) -> None:
        """Rest until the next try. Raises Refused where patience is over."""
        if attempt.name != self._stuck_at:
            self._renew()
            self._stuck_at = attempt.name
        now, self._now = self._now, ()
        self._seen = now or self._seen
        elapsed = time.monotonic() - self._began
        wait = self._policy.next(
            elapsed,
            vacuums=[blocker.pid for blocker in now if blocker.gives_way],
            others=[blocker.pid for blocker in now if not blocker.gives_way],
        )
        if wait.step is Step.GIVE_UP:
            raise self._gave_up(attempt, error, elapsed) from error
        self._seconds = wait.seconds
        why = str(error) if isinstance(error, Refused) else self._who()
        facts = {"migration": attempt.name or "migrate", "seconds": f"{wait.pause:.1f}", "why": why}
        self._ears.say(_("%(migration)s tries again in %(seconds)s s. %(why)s") % facts)
        time.sleep(wait.pause)
        if not turn.is_ours(self._connection):
            self._report.queued_seconds += turn.take(self._connection, self._ears.say)

    def _who(self) -> str:
        named = blockers.described(self._seen)
        return _("In the way: %s.") % named if named else _("It did not get its locks.")

    def _gave_up(self, attempt: Attempt, error: Exception, elapsed: float) -> Refused:
        if isinstance(error, Refused):
            return Refused(
                "migrate_gave_up", seconds=round(elapsed), cause=error.code,
                cause_params=error.params,
            )  # fmt: skip
        return Refused(
            "migrate_lock_not_had", migration=attempt.name, tries=self._policy.failures,
            seconds=round(elapsed, 1), blockers=blockers.described(self._seen) or "?",
        )  # fmt: skip


def _end(wish: Wish, report: Report, actor: Actor) -> None:
    """Record the run and read what is owed; a server that went away is no news here."""
    try:
        _tell(wish, report, actor)
        report.owed = [owed.told(change) for change in owed.pending(wish.alias)]
    except (DatabaseError, InterfaceError) as error:
        logger.warning("What was migrated could not be recorded: %s", error)


def _tell(wish: Wish, report: Report, actor: Actor) -> None:
    """The run in the record, where it did something and zdt's tables are there by now."""
    if not (report.applied or report.reversed) or not changes.tables_exist():
        return
    with database.atomic():
        events.record(
            EVENT, subject=("database", wish.alias), actor=actor, reason=wish.reason,
            params={
                "release": report.release, "applied": report.applied,
                "reversed": report.reversed, "faked": wish.fake,
            },
        )  # fmt: skip


def _deadlock_timeout(connection: BaseDatabaseWrapper) -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setting::float / 1000 FROM pg_settings WHERE name = 'deadlock_timeout'"
        )
        return float(cursor.fetchone()[0])


def _state(error: BaseException) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
