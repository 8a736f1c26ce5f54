"""A second session that sees who the first one waits for."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Self

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.locks import blockers
from zdt_deploy.schema.locks.blockers import Blocker

logger = logging.getLogger("zdt.schema")


class Lookout:
    """While entered, a thread asks every ``every`` seconds who the session of ``connection`` waits
    for. Where no second session is to be had, nobody is seen, and nothing else changes."""

    def __init__(self, connection: BaseDatabaseWrapper, every: float) -> None:
        self.pid = backend_pid(connection)
        self._connection = connection.copy()
        self._every = every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="zdt-lookout", daemon=True)
        self._seen: tuple[Blocker, ...] = ()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def seen(self) -> tuple[Blocker, ...]:
        """Who was last seen in the way since the last call."""
        seen, self._seen = self._seen, ()
        return seen

    def notice(self, connection: BaseDatabaseWrapper, found: tuple[Blocker, ...]) -> None:
        """Called in the thread after each look; keeps who was found."""
        if found:
            self._seen = found

    def _look(self) -> None:
        self._connection.inc_thread_sharing()
        try:
            while not self._done.wait(self._every):
                self.notice(self._connection, blockers.of(self._connection, self.pid))
        except DatabaseError as error:
            logger.warning("Who holds the lock cannot be seen: %s", error)
        finally:
            self._connection.close()


def backend_pid(connection: BaseDatabaseWrapper) -> int:
    """The process id of the connection's session in PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
