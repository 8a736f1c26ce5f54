"""Watches who an index build waits for."""

from __future__ import annotations

import time

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.ddl import telling
from zdt_deploy.schema.locks import Blocker, blockers
from zdt_deploy.schema.locks.lookout import Lookout


class BuildLookout(Lookout):
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
            telling.tell("build_waits", what=self._what, blockers=blockers.described(found))
