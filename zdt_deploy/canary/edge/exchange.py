"""One request on one connection to a server."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from zdt_deploy.canary.edge.bodies import Truncated, relay
from zdt_deploy.canary.edge.heads import (
    IDEMPOTENT,
    BadMessage,
    Ending,
    Request,
    Response,
    without_hops,
)
from zdt_deploy.canary.edge.pools import Link, Server

ANSWER_SECONDS = 30.0

Gone = (OSError, Truncated, asyncio.IncompleteReadError)


class Refusal(Exception):
    """An answer that the edge gives by itself."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def may_share(request: Request) -> bool:
    """Whether ``request`` may travel on a used connection, where it might be sent twice."""
    return request.method in IDEMPOTENT and request.framing.ending is Ending.NO_BODY


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
