"""One visitor's browser, as far as a load needs it: a kept connection and a cookie jar."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlencode

from demo.load.tally import Outcome

ANSWER_SECONDS = 15.0
Headers = list[tuple[str, str]]


class NoAnswer(Exception):
    """There was no complete answer; the message names why."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Headers
    body: str

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


class Client:
    """Sends one request at a time to one address, when it is its turn."""

    def __init__(self, host: str, port: int, turns: asyncio.Semaphore) -> None:
        self.host, self.port, self.turns = host, port, turns
        self.cookies: dict[str, str] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def leave(self) -> None:
        """Close the browser and forget the cookies."""
        self.cookies.clear()
        self._hang_up()

    async def send(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[Outcome, Reply | None]:
        """Send a request; the reply is None where no complete one came. Never raises for that."""
        async with self.turns:
            return await self._send(f"{method} {path}", method, path, form)

    async def _send(
        self, name: str, method: str, path: str, form: dict[str, str] | None
    ) -> tuple[Outcome, Reply | None]:
        started = monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reply = await self._exchange(method, path, form)
        except (NoAnswer, OSError, TimeoutError) as error:
            self._hang_up()
            trouble = str(error) or type(error).__name__
            return Outcome(name, monotonic() - started, trouble=trouble), None
        self._remember(reply)
        outcome = Outcome(
            name,
            monotonic() - started,
            reply.status,
            reply.header("x-deployment-version"),
            reply.header("x-shop-release"),
            reply.header("x-shop-fault"),
        )
        return outcome, reply

    async def _exchange(self, method: str, path: str, form: dict[str, str] | None) -> Reply:
        reader, writer = await self._connection()
        writer.write(self._request(method, path, form))
        await writer.drain()
        reply = await _read(reader)
        if reply.header("connection").lower() == "close":
            self._hang_up()
        return reply

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and self._streams[0].at_eof():
            self._hang_up()  # closed while idle, which every browser notices
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port)
        return self._streams

    def _request(self, method: str, path: str, form: dict[str, str] | None) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            lines.append(f"Cookie: {'; '.join(pairs)}")
        body = urlencode(form or {}).encode()
        if form is not None:
            lines.append("Content-Type: application/x-www-form-urlencoded")
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _remember(self, reply: Reply) -> None:
        for name, value in reply.headers:
            if name == "set-cookie":
                pair, *attributes = value.split(";")
                key, _, content = pair.partition("=")
                self.cookies[key.strip()] = content.strip()
                if any(part.strip().lower() == "max-age=0" for part in attributes):
                    del self.cookies[key.strip()]

    def _hang_up(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def _read(reader: asyncio.StreamReader) -> Reply:
    status_line = await reader.readline()
    if not status_line:
        raise NoAnswer("closed without an answer")
    try:
        status, headers = int(status_line.split()[1]), []
        while (line := await reader.readline()) != b"\r\n":
            name, _, value = line.decode("latin-1").partition(":")
            if not line.endswith(b"\r\n"):
                raise NoAnswer("truncated in the head")
            headers.append((name.strip().lower(), value.strip()))
        body = await _body(reader, dict(headers))
    except asyncio.IncompleteReadError as error:
        raise NoAnswer("truncated in the body") from error
    except (ValueError, IndexError) as error:
        raise NoAnswer("not HTTP") from error
    return Reply(status, headers, body.decode(errors="replace"))


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        parts = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readuntil(b"\r\n")
        return b"".join(parts)
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return await reader.read()
