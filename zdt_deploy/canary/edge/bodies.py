"""Passing a message from one connection to the other as it arrives."""

from __future__ import annotations

import asyncio
import re

from zdt_deploy.canary.edge.heads import BadMessage, Ending, Framing

PIECE = 64 * 1024
_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")


class Truncated(Exception):
    """The sender went away in the middle of a body."""


async def relay(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, framing: Framing
) -> None:
    """Copy one body, never holding more than a piece of it. Raises Truncated, BadMessage."""
    try:
        if framing.ending is Ending.LENGTH:
            await _exactly(source, target, framing.length)
        elif framing.ending is Ending.CHUNKED:
            await _chunks(source, target)
        elif framing.ending is Ending.CLOSE:
            await _rest(source, target)
    except asyncio.IncompleteReadError as error:
        raise Truncated from error


async def _exactly(source: asyncio.StreamReader, target: asyncio.StreamWriter, length: int) -> None:
    while length:
        piece = await source.read(min(PIECE, length))
        if not piece:
            raise Truncated
        target.write(piece)
        await target.drain()
        length -= len(piece)


async def _chunks(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    size = -1
    while size:
        line = await source.readuntil(b"\r\n")
        found = _SIZE.fullmatch(line)
        if found is None:
            raise BadMessage("A chunk has no size.")
        target.write(line)
        size = int(found[1], 16)
        if size:
            await _exactly(source, target, size)
            target.write(await _end_of_chunk(source))
    while (line := await source.readuntil(b"\r\n")) != b"\r\n":  # trailers
        target.write(line)
    target.write(line)
    await target.drain()


async def _end_of_chunk(source: asyncio.StreamReader) -> bytes:
    end = await source.readexactly(2)
    if end != b"\r\n":
        raise BadMessage("A chunk is longer than it said.")
    return end


async def _rest(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(PIECE):
        target.write(piece)
        await target.drain()
