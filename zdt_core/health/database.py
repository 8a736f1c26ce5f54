"""Does PostgreSQL answer? One short connection of our own, by libpq without blocking.

Probes must not use Django's connections, of which there is one per thread, and every step has to
end by the deadline, which only the non-blocking calls of libpq allow.
"""

from __future__ import annotations

import select
import time

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import pq
from psycopg.conninfo import make_conninfo

from zdt_core import pulse
from zdt_core.conf import conf

_READ, _WRITE = select.POLLIN, select.POLLOUT
_NOT_FOR_LIBPQ = ("cursor_factory", "context", "prepare_threshold")


def probe() -> None:
    """Ask the default database for 1. Raises TimeoutError or psycopg.Error."""
    give_up = time.monotonic() + conf.HEALTH_DEADLINE
    with pulse.one_session(patience=conf.HEALTH_DEADLINE / 2):
        ask(conninfo(DEFAULT_DB_ALIAS), give_up)


def ask(conninfo: str, give_up: float) -> None:
    """Connect, ``SELECT 1``, disconnect, all before the monotonic time ``give_up``."""
    connection = pq.PGconn.connect_start(conninfo.encode())
    try:
        _connect(connection, give_up)
        connection.send_query(b"SELECT 1")
        while connection.flush():
            _wait(connection, _WRITE, give_up)
        while connection.is_busy():
            _wait(connection, _READ, give_up)
            connection.consume_input()
        result = connection.get_result()
        if result is None or result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError("The database did not answer SELECT 1.")
    finally:
        connection.finish()


def _connect(connection: pq.abc.PGconn, give_up: float) -> None:
    direction = _WRITE
    while connection.status != pq.ConnStatus.BAD:
        _wait(connection, direction, give_up)
        state = connection.connect_poll()
        if state == pq.PollingStatus.OK:
            connection.nonblocking = 1
            return
        if state == pq.PollingStatus.FAILED:
            break
        direction = _READ if state == pq.PollingStatus.READING else _WRITE
    raise psycopg.OperationalError(connection.error_message.decode(errors="replace"))


def _wait(connection: pq.abc.PGconn, direction: int, give_up: float) -> None:
    poll = select.poll()
    poll.register(connection.socket, direction)
    remaining = give_up - time.monotonic()
    if remaining <= 0 or not poll.poll(remaining * 1000):
        raise TimeoutError("The database did not answer in time.")


def conninfo(alias: str) -> str:
    """What libpq needs to reach the database ``alias``."""
    params = connections[alias].get_connection_params()
    return make_conninfo(**{k: v for k, v in params.items() if k not in _NOT_FOR_LIBPQ})
