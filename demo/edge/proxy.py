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
from contextlib import suppress

from demo.edge.bodies import Truncated, relay
from demo.edge.heads import (
    IDEMPOTENT,
    BadMessage,
    Ending,
    Request,
    Response,
    parse_request,
    tokens,
    without_hops,
)
from demo.edge.pools import Link, Pools, Server
from demo.edge.split import TRACK_HEADER, Choice, choose, forwarded, visitor
from zdt_deploy.canary.routing import Route

IDLE_SECONDS = 75.0
ANSWER_SECONDS = 30.0
logger = logging.getLogger("demo.edge")

Gone = (OSError, Truncated, asyncio.IncompleteReadError)


class Refusal(Exception):
    """An answer that the edge gives by itself."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


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
        raise Refusal(503, f"No server of {' or '.join(choice.releases)} is up.")


class Exchange:
    """One request on one connection to a server."""

    def __init__(self, link: Link, onward: Request) -> None:
        self.link, self.onward = link, onward
        self.response: Response | None = None
        self._upload: asyncio.Task[None] | None = None

    @property
    def server(self) -> Server:
        return self.link.server

    async def begin(self, reader: asyncio.StreamReader) -> bool:
        """Send, and wait for the answer's head; False when the server closed without a byte."""
        framing = self.onward.framing
        try:
            self.link.writer.write(self.onward.encode())
            if framing.ending is not Ending.NO_BODY:
                self._upload = asyncio.create_task(self._send_body(reader))
            async with asyncio.timeout(ANSWER_SECONDS):
                self.response = await self._head()
        except TimeoutError as error:
            await self._abandon()
            raise Refusal(504, f"{self.server} took longer than {ANSWER_SECONDS:g} s.") from error
        except BadMessage as error:
            await self._abandon()
            raise Refusal(502, f"{self.server}: {error}") from error
        except OSError:
            self.response = None
        if self.response is None:
            await self._abandon()
        return self.response is not None

    async def finish(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Pass the answer on; True when the client's connection can carry another request."""
        assert self.response is not None
        framing = self.response.framing(request.method)
        sent_all = self._upload is None or self._upload.done()
        stays = request.keeps_alive and framing.ending is not Ending.CLOSE and sent_all
        fields = without_hops(self.response.fields)
        if not stays:
            fields.append(("Connection", "close"))
        answer = Response(self.response.status, self.response.reason, 1, fields)
        try:
            writer.write(answer.encode())
            await relay(self.link.reader, writer, framing)
            await writer.drain()
        except BaseException:
            await self._abandon()
            raise
        await self._release(stays and self.response.keeps_alive)
        return stays

    async def _send_body(self, reader: asyncio.StreamReader) -> None:
        try:
            await relay(reader, self.link.writer, self.onward.framing)
        except BaseException:
            self.link.close()  # half a request is none
            raise

    async def _head(self) -> Response | None:
        while True:
            response = await self.link.response()
            if response is None or response.status >= 200:
                return response

    async def _release(self, usable: bool) -> None:
        if usable and self.server.up:
            self.server.keep(self.link)
        else:
            await self._abandon()

    async def _abandon(self) -> None:
        self.link.close()
        if self._upload is not None:
            self._upload.cancel()
            with suppress(asyncio.CancelledError, *Gone, BadMessage):
                await self._upload


def may_share(request: Request) -> bool:
    """Whether ``request`` may travel on a used connection, where it might be sent twice."""
    return request.method in IDEMPOTENT and request.framing.ending is Ending.NO_BODY


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
