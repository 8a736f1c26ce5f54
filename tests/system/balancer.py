"""A balancer without mercy: it checks health as a real one does, and never tries again.

Each client connection is carried to one server that is up. What the server does to it, refuse,
reset or close, the client sees.
"""

from __future__ import annotations

import itertools
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

INTERVAL, FALL, TIMEOUT = 0.25, 2, 0.5
PATIENCE = 20.0
_PROBE = b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Balancer:
    """Runs in threads; ``port`` is where clients connect."""

    def __init__(self, *servers: int) -> None:
        self._failed = dict.fromkeys(servers, FALL)
        self._turn = itertools.count()
        self._end = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads += [threading.Thread(target=self._watch, args=(port,)) for port in servers]

    @property
    def port(self) -> int:
        return int(self._door.getsockname()[1])

    def up(self) -> list[int]:
        """The ports of the servers that get traffic."""
        return [port for port, failed in self._failed.items() if failed < FALL]

    def _watch(self, port: int) -> None:
        while not self._end.wait(INTERVAL):
            self._failed[port] = 0 if _is_ready(port) else self._failed[port] + 1

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._door.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._carry, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _carry(self, client: socket.socket) -> None:
        up = self.up()
        with client, suppress(OSError):  # the client sees a closed connection: a failure
            if not up:
                return
            port = up[next(self._turn) % len(up)]
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as server:
                client.settimeout(PATIENCE)
                back = threading.Thread(target=_pump, args=(server, client))
                back.start()
                _pump(client, server)
                back.join()

    def __enter__(self) -> Self:
        for thread in list(self._threads):
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for thread in self._threads:
            thread.join(PATIENCE)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _is_ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
            connection.settimeout(TIMEOUT)
            connection.sendall(_PROBE)
            return b" 200 " in connection.recv(4096).partition(b"\r\n")[0]
    except OSError:
        return False
