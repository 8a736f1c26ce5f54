"""A server that does on each connection what a test says, and notes what it was sent."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from zdt_deploy.canary.edge.pools import LIMIT, Pools, Server
from zdt_deploy.canary.edge.proxy import Proxy
from zdt_deploy.canary.routing import Route

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CLOSE = b""


def runs(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test that is a coroutine, for ten seconds at most."""

    @functools.wraps(test)
    def wrapper(*args: object, **kwargs: object) -> None:
        async def limited() -> None:
            async with asyncio.timeout(10):
                await test(*args, **kwargs)

        asyncio.run(limited())

    return wrapper


class Upstream:
    """Answers the requests of its n-th connection with ``script[n]``, in order.

    An empty answer closes the connection after the request was read. The last line of the script
    serves all further connections.
    """

    def __init__(self, *script: list[bytes]) -> None:
        self.script = script or ([OK] * 1000,)
        self.connections = 0
        self.received: list[bytes] = []

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers = self.script[min(self.connections, len(self.script) - 1)]
        self.connections += 1
        for answer in answers:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0] or 0)
            self.received.append(head + await reader.readexactly(length))
            if answer == CLOSE:
                break
            writer.write(answer)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        async with listening(self._connection) as address:
            yield Server(*address, up=True)


class Client:
    """A connection to the edge."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, raw: bytes) -> bytes:
        """Send ``raw`` and return the answer, which is expected to say its length."""
        self.writer.write(raw)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        return head + await self.reader.readexactly(length)

    async def get(self, path: str = "/") -> bytes:
        return await self.ask(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


Connection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Connection) -> AsyncIterator[tuple[str, int]]:
    """The address at which ``serve`` is called for each connection; nothing is left open."""
    tasks = set()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        finally:
            await closed(writer)

    listener = await asyncio.start_server(connection, "127.0.0.1", 0, limit=LIMIT)
    async with listener:
        yield listener.sockets[0].getsockname()[:2]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # transports close in the loop's next round


@asynccontextmanager
async def edge(
    pools: dict[str, list[Server]], route: Callable[[], Route | None] = lambda: None
) -> AsyncIterator[Callable[[], Awaitable[Client]]]:
    """A running edge, given as the function that connects a client to it."""
    proxy, clients = Proxy(Pools(pools), route, "1.0"), []

    async def connect() -> Client:
        clients.append(Client(*await asyncio.open_connection(*address)))
        return clients[-1]

    async with listening(proxy.client) as address:
        yield connect
        for client in clients:
            await closed(client.writer)
        await proxy.drain(1)
