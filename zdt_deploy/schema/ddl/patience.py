"""Tries for a lock again and again, for instants, so that nobody queues behind it for long."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from django.db import DatabaseError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.ddl import autovacuum, telling
from zdt_deploy.schema.ddl.errors import DEADLOCK, LOCK_NOT_AVAILABLE, QUERY_CANCELED, sqlstate
from zdt_deploy.schema.locks import Blocker, Policy, Step, blockers
from zdt_deploy.schema.locks.lookout import Lookout

Attempt = Callable[[float, float], None]
"""Takes the seconds for the lock, and those after which an autovacuum gives way (0: as ever)."""

_LOOKS_PER_TRY = 5


def with_patience(
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
            telling.tell(
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
    hurried = autovacuum.may_hurry(connection)
    return Policy(
        short=short,
        pause=conf.SCHEMA_LOCK_PAUSE_SECONDS,
        longest_pause=conf.SCHEMA_LOCK_LONGEST_PAUSE_SECONDS,
        patience=conf.SCHEMA_LOCK_PATIENCE_SECONDS if patience is None else patience,
        yields_after=short / 2 if hurried else autovacuum.deadlock_timeout(connection),
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
