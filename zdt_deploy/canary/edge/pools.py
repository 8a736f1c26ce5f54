"""The servers behind the edge, by release: which are up, and their spare connections."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from zdt_deploy.canary.edge.heads import BadMessage, Response, parse_response

CONNECT_SECONDS = 2.0
SPARE_SECONDS = 2.0
"""A spare connection is used again this long at most: well within the servers' keep-alive."""
MOST_SPARE = 32
"""Spare connections to one server: each write opens a fresh one, and they would pile up."""
LIMIT = 64 * 1024


@dataclass(eq=False, slots=True)
class Link:
    """A connection to a server."""

    server: Server
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    spare_since: float | None = None

    @property
    def usable(self) -> bool:
        gone = self.reader.at_eof() or self.writer.is_closing()
        old = time.monotonic() - (self.spare_since or 0.0) > SPARE_SECONDS
        return not gone and not old

    def close(self) -> None:
        self.writer.close()

    async def response(self) -> Response | None:
        """The next response's head; None when the server closed without a byte of it."""
        try:
            return parse_response(await self.reader.readuntil(b"\r\n\r\n"))
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise BadMessage("The server broke off in its head.", 502) from error
            return None
        except asyncio.LimitOverrunError as error:
            raise BadMessage("The server's head is too long.", 502) from error


@dataclass(eq=False, slots=True)
class Server:
    """One address of a release. It is down until its first good check."""

    host: str
    port: int
    up: bool = False
    checks_failed: int = 0
    spare: deque[Link] = field(default_factory=deque)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    async def connect(self) -> Link:
        """A fresh connection. Raises OSError or TimeoutError."""
        async with asyncio.timeout(CONNECT_SECONDS):
            return Link(self, *await asyncio.open_connection(self.host, self.port, limit=LIMIT))

    def take_spare(self) -> Link | None:
        while self.spare:
            link = self.spare.pop()
            if link.usable:
                return link
            link.close()
        return None

    def keep(self, link: Link) -> None:
        """Have ``link`` for the next request; what is too old or too much is closed."""
        link.spare_since = time.monotonic()
        self.spare.append(link)
        while self.spare and (len(self.spare) > MOST_SPARE or not self.spare[0].usable):
            self.spare.popleft().close()

    def checked(self, good: bool, fall: int) -> bool:
        """Note a check's result; True when it changed whether the server is up.

        One good check brings a server up, ``fall`` bad ones in a row take it down.
        """
        self.checks_failed = 0 if good else self.checks_failed + 1
        before = self.up
        self.up = good or (self.up and self.checks_failed < fall)
        if not self.up:
            self.drop_spare()
        return self.up != before

    def drop_spare(self) -> None:
        while self.spare:
            self.spare.pop().close()


class Pools:
    """The servers of every release."""

    def __init__(self, servers: dict[str, list[Server]]) -> None:
        self._servers = {release: deque(group) for release, group in servers.items()}

    @classmethod
    def parse(cls, definitions: Iterable[str]) -> Pools:
        """Pools from ``RELEASE=HOST:PORT`` words. Raises ValueError with what is wrong."""
        servers: dict[str, list[Server]] = {}
        for definition in definitions:
            release, equals, address = definition.partition("=")
            host, colon, port = address.rpartition(":")
            if not (release and equals and host and colon and port.isdigit()):
                raise ValueError(f"A pool is RELEASE=HOST:PORT, not {definition!r}.")
            servers.setdefault(release, []).append(Server(host, int(port)))
        return cls(servers)

    @property
    def releases(self) -> frozenset[str]:
        return frozenset(self._servers)

    def addresses(self) -> dict[str, list[str]]:
        """Each release's servers as ``HOST:PORT``."""
        return {release: [*map(str, group)] for release, group in self._servers.items()}

    def __iter__(self) -> Iterator[tuple[str, Server]]:
        for release, group in self._servers.items():
            for server in group:
                yield release, server

    def candidates(self, releases: Iterable[str]) -> list[Server]:
        """The servers to try, of the first release first, in turn within a release.

        Those that are down come last: checks that fail everywhere say more about the machine than
        about the servers, and an answer from one of them beats none.
        """
        found: list[Server] = []
        for release in releases:
            group = self._servers.get(release)
            if group:
                group.rotate(-1)
                found += group
        return sorted(found, key=lambda server: not server.up)
