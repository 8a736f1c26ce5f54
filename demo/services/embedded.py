"""What the demo, the tests and the benchmarks hold in their hands."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.services.errors import ServicesError
from demo.services.leash import Leash


class Server:
    """One server of ours, for drills: it comes back on the same socket or port."""

    def __init__(self, services: "Services", name: str) -> None:
        self._services = services
        self._name = name

    def _order(self, what: str, **how: bool) -> None:
        self._services.leash.order(f"{self._name}.{what}", **how)

    def start(self) -> None:
        self._order("start")


class PostgresServer(Server):
    def stop(self, *, immediate: bool = False) -> None:
        """End it; ``immediate`` as a crash would, so that the next start recovers."""
        self._order("stop", immediate=immediate)


class ValkeyServer(Server):
    def stop(self, *, empty: bool = False) -> None:
        """End it; ``empty`` kills it, and all data is lost."""
        self._order("stop", empty=empty)

    def restart(self, *, empty: bool = False) -> None:
        self.stop(empty=empty)
        self.start()


class Services:
    """PostgreSQL and Valkey of one's own until `stop`, or until this process ends in any way.

    A server given by DATABASE_URL or REDIS_URL in ``given`` is used instead. ``export`` puts the
    addresses into os.environ, where settings and child processes look for them. ZDT_POSTGRES
    chooses the major version.
    """

    def __init__(
        self,
        *,
        given: Mapping[str, str] | None = None,
        export: bool = True,
        version: int | None = None,
        durable: bool = False,
    ) -> None:
        given = os.environ if given is None else given
        self.database_url = given.get("DATABASE_URL", "")
        self.redis_url = given.get("REDIS_URL", "")
        self.directory: Path | None = None
        self.postgres = PostgresServer(self, "postgres")
        self.valkey = ValkeyServer(self, "valkey")
        self._version = version
        self._durable = durable
        self._export = export
        self._exported: list[str] = []
        self._leash: Leash | None = None

    @classmethod
    def private(cls, *, version: int | None = None, durable: bool = False) -> Self:
        """Servers that nobody else knows, whatever the environment says: for kill drills."""
        return cls(given={}, export=False, version=version, durable=durable)

    @property
    def leash(self) -> Leash:
        if self._leash is None:
            raise ServicesError("The services have not been started, or none of them is ours.")
        return self._leash

    def start(self) -> Self:
        """Start what was not given, and export the addresses."""
        if not (self.database_url and self.redis_url):
            self._leash = Leash()
            try:
                self._start(self._leash)
            except BaseException:  # Ctrl-C included: leave nothing behind
                self.stop()
                raise
        if self._export:
            self._put()
        return self

    def stop(self) -> None:
        """Stop what we started; does nothing the second time."""
        for name in self._exported:
            os.environ.pop(name, None)
        self._exported.clear()
        if self._leash is not None:
            self._leash.let_go()
            self._leash = None

    def environment(self) -> dict[str, str]:
        """The addresses, for the environment of a child process."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}

    def pgbouncer(self) -> str:
        """The URL of a PgBouncer in transaction mode in front of our PostgreSQL."""
        return str(self.leash.order("pgbouncer.start"))

    def _start(self, leash: Leash) -> None:
        told = leash.order(
            "start",
            postgres=None if self.database_url else self._version or chosen_version(),
            valkey=not self.redis_url,
            durable=self._durable,
        )
        self.directory = Path(told["directory"])
        self.database_url = told.get("database_url", self.database_url)
        self.redis_url = told.get("redis_url", self.redis_url)

    def _put(self) -> None:
        for name, address in self.environment().items():
            if os.environ.get(name) != address:
                os.environ[name] = address
                self._exported.append(name)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def chosen_version() -> int:
    """PostgreSQL's major version by ZDT_POSTGRES, 18 otherwise."""
    chosen = os.environ.get("ZDT_POSTGRES") or "18"
    if not chosen.isdecimal():
        raise ServicesError(f"ZDT_POSTGRES={chosen} is no major version; say 18 or 16.")
    return int(chosen)
