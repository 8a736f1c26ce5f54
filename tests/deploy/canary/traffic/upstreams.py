"""Servers behind a real proxy, and questions to it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.deploy.canary.edge.upstream import Client, closed


def release(name: str):
    """An upstream that says who it is and which track it was told."""

    async def serve(reader, writer):
        while head := await head_of(reader):
            track = re.search(rb"(?i)x-deployment-version: (\w+)", head)
            body = name.encode() + b" " + (track[1] if track else b"none")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    return serve


async def head_of(reader):
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, OSError):
        return b""


@asynccontextmanager
async def connected(address: tuple[str, int]) -> AsyncIterator[Client]:
    client = Client(*await asyncio.open_connection(*address))
    try:
        yield client
    finally:
        await closed(client.writer)


async def ask(client: Client, cookie: str | None, extra: str = "") -> list[str]:
    line = f"Cookie: {cookie}\r\n" if cookie else ""
    answer = await client.ask(f"GET / HTTP/1.1\r\nHost: shop\r\n{line}{extra}\r\n".encode())
    return answer.rpartition(b"\r\n\r\n")[2].decode().split()
