"""The process that owns one run's servers and outlives its parent by a moment.

It holds one end of a socket pair; the parent's end closes when the parent ends in any way,
kill -9 included. Then the servers are stopped and the folder is removed. The parent's pid is
watched as well, since a forked child of the parent may keep the other end open.
"""

import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

from demo.services.account import ourselves, unprivileged
from demo.services.errors import ServicesError
from demo.services.pgbouncer import PgBouncer
from demo.services.place import Place
from demo.services.postgres import Postgres
from demo.services.valkey import Valkey

LOOK_SECONDS = 0.5


class Stopped(Exception):
    """The keeper is to stop its servers and end."""


class Keeper:
    """Starts, stops and buries the servers; answers one request at a time."""

    def __init__(self) -> None:
        self._account = unprivileged()
        self._place = Place(self._account)
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None
        self._pgbouncer: PgBouncer | None = None
        self.orders: dict[str, Callable[..., Any]] = {
            "start": self.start,
            "postgres.start": lambda: self.postgres.start(),
            "postgres.stop": lambda **how: self.postgres.stop(**how),
            "valkey.start": lambda: self.valkey.start(),
            "valkey.stop": lambda **how: self.valkey.stop(**how),
            "pgbouncer.start": self.start_pgbouncer,
        }

    @property
    def postgres(self) -> Postgres:
        if self._postgres is None:
            raise ServicesError("This PostgreSQL was given by DATABASE_URL: it is not ours.")
        return self._postgres

    @property
    def valkey(self) -> Valkey:
        if self._valkey is None:
            raise ServicesError("This Redis was given by REDIS_URL: it is not ours.")
        return self._valkey

    def start(self, *, postgres: int | None, valkey: bool, durable: bool) -> dict[str, str]:
        """Start what is asked for (PostgreSQL by its major version) and tell where it is."""
        told = {"directory": str(self._place.path)}
        if valkey:
            self._valkey = Valkey(self._place, ourselves())
            self._valkey.start()
            told["redis_url"] = self._valkey.url
        if postgres:
            self._postgres = Postgres(self._place, self._account, postgres, durable=durable)
            self._postgres.create()
            self._postgres.start()
            told["database_url"] = self._postgres.url
        return told

    def start_pgbouncer(self) -> str:
        """PgBouncer's URL; PgBouncer is made on first use."""
        if self._pgbouncer is None:
            self._pgbouncer = PgBouncer(self._place, self._account, self.postgres.folder)
        self._pgbouncer.start()
        return self._pgbouncer.url

    def bury(self) -> None:
        """Stop everything without ceremony, and leave no file behind."""
        if self._pgbouncer is not None:
            self._pgbouncer.stop()
        if self._postgres is not None:
            self._postgres.stop(immediate=True)
        if self._valkey is not None:
            self._valkey.stop(empty=True)
        self._place.remove()


def serve(line: socket.socket, parent: int) -> None:
    """Keep one parent's servers until the parent ends, hangs up or sends SIGTERM."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        keeper = Keeper()
    except Exception as error:
        _answer(line, {"error": _text(error)})
        return
    try:
        with line.makefile("rb") as orders:
            _obey(keeper, line, orders, parent)
    except (Stopped, OSError):
        pass  # OSError: the parent went while we spoke to it
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        keeper.bury()


def _obey(keeper: Keeper, line: socket.socket, orders: Any, parent: int) -> None:
    while True:
        readable, _, _ = select.select([line], [], [], LOOK_SECONDS)
        if os.getppid() != parent:
            return
        if not readable:
            continue
        order = orders.readline()  # one order is one write, and none follows before the answer
        if not order:
            return
        _answer(line, _do(keeper, json.loads(order)))


def _do(keeper: Keeper, order: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": keeper.orders[order["do"]](**order["how"])}
    except Stopped:
        raise
    except Exception as error:
        return {"error": _text(error)}


def _text(error: Exception) -> str:
    if isinstance(error, ServicesError):
        return str(error)
    return "The keeper of the services failed:\n" + "".join(traceback.format_exception(error))


def _answer(line: socket.socket, answer: dict[str, Any]) -> None:
    line.sendall(json.dumps(answer).encode() + b"\n")


def _stop(*_signal: Any) -> None:
    raise Stopped


def main() -> None:
    """Keep services for the process ``argv[1]``, which holds the other end of our stdin."""
    os.chdir("/")
    serve(socket.socket(fileno=0), int(sys.argv[1]))


if __name__ == "__main__":
    main()
