"""A steady load through a balancer, that counts what failed."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

_PATHS = ("/quick", "/quick", "/quick", "/slow", "/quick", "/stream")


class Load:
    """``clients`` threads, each a request after the other, every tenth of a second at most."""

    def __init__(self, port: int, clients: int = 6, pause: float = 0.02) -> None:
        self.port, self.pause = port, pause
        self.failures: list[str] = []
        self.answers: Counter[int] = Counter()
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(clients)]
        self._paths = itertools.cycle(_PATHS)

    @property
    def served(self) -> int:
        return self.answers[200]

    def _send(self) -> None:
        while not self._end.wait(self.pause):
            path = next(self._paths)
            try:
                status = _get(self.port, path)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{time.monotonic():.2f} {path} {error!r}")
                continue
            self.answers[status] += 1
            if status != 200:
                self.failures.append(f"{time.monotonic():.2f} {path} {status}")

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(20)


def _get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
