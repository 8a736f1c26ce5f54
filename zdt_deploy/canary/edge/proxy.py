"""A small HTTP/1.1 reverse proxy: the stand-in for HAProxy where that is not installed.

Only requests without effects and without a body travel on a connection that was used before. Such
a connection may be closed by the server at the very moment it is used again; then the request is
sent once more on a fresh one. Everything else gets a fresh connection, so it is never sent twice.
A server that cannot be connected to has not been sent anything: the next one is tried.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from zdt_deploy.canary.edge.exchange import Exchange, Gone, Refusal, may_share
from zdt_deploy.canary.edge.heads import BadMessage, Request, Response, parse_request, tokens
from zdt_deploy.canary.edge.pools import Pools
from zdt_deploy.canary.edge.split import TRACK_HEADER, Choice, choose, forwarded, visitor
from zdt_deploy.canary.routing import Route

IDLE_SECONDS = 75.0
logger = logging.getLogger("zdt.edge")


class Proxy:
    """Serves clients from ``pools`` along ``route``; ``default`` serves while there is none."""

    def __init__(self, pools: Pools, route: Callable[[], Route | None], default: str) -> None:
        self.pools, self.route, self.default = pools, route, default
        self.closing = False
        self._idle: set[asyncio.StreamWriter] = set()
        self._clients: set[asyncio.Task[None]] = set()

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client connection until it ends; the callback of `asyncio.start_server`."""
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            while await self._next(reader, writer):
                pass
        except Gone as error:
            logger.info("A connection broke: %r", error)
        finally:
            writer.close()
            self._clients.discard(task)

    async def drain(self, seconds: float) -> None:
        """Let requests in flight finish; clients that only wait are let go at once."""
        self.closing = True
        for writer in self._idle:
            writer.close()
        if self._clients:
            await asyncio.wait(set(self._clients), timeout=seconds)
        for _, server in self.pools:
            server.drop_spare()

    async def _next(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve the next request of a connection; True when another may follow."""
        try:
            request = await self._request(reader, writer)
            if request is None:
                return False
            return await self._serve(request, reader, writer) and not self.closing
        except BadMessage as error:
            await _answer(writer, error.status, str(error), Choice("stable", ()))
        return False

    async def _request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Request | None:
        self._idle.add(writer)
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                raw = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError as error:
            raise BadMessage("The head is too long.", 431) from error
        except (asyncio.IncompleteReadError, TimeoutError, OSError):
            return None
        finally:
            self._idle.discard(writer)
        return parse_request(raw)

    async def _serve(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        choice = choose(self.route(), visitor(request.fields), self.default)
        peer = writer.get_extra_info("peername")
        onward = forwarded(request, choice, peer[0] if peer else "unknown")
        if request.minor == 1 and "100-continue" in tokens(request.fields, "expect"):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            exchange = await self._send(onward, reader, choice)
        except Refusal as refusal:
            logger.warning("%s %s: %s", request.method, request.target, refusal)
            await _answer(writer, refusal.status, str(refusal), choice)
            return False
        return await exchange.finish(request, writer)

    async def _send(
        self, onward: Request, reader: asyncio.StreamReader, choice: Choice
    ) -> Exchange:
        """Send the request to a server and return once its answer has begun."""
        shares = may_share(onward)
        for server in self.pools.candidates(choice.releases):
            spare = server.take_spare() if shares else None
            if spare is not None:
                exchange = Exchange(spare, onward)
                if await exchange.begin(reader):
                    return exchange
            try:
                fresh = await server.connect()
            except (OSError, TimeoutError):
                continue
            exchange = Exchange(fresh, onward)
            if await exchange.begin(reader):
                return exchange
            raise Refusal(502, f"{server} closed the connection without an answer.")
        raise Refusal(503, f"No server of {' or '.join(choice.releases)} takes connections.")


async def _answer(writer: asyncio.StreamWriter, status: int, sentence: str, choice: Choice) -> None:
    body = f"{sentence}\n".encode()
    fields = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        (TRACK_HEADER, choice.track),
    ]
    if status == 503:
        fields.append(("Retry-After", "1"))
    writer.write(Response(status, "", 1, fields).encode() + body)
    await writer.drain()
