"""HTTP/1.1 message heads and how their bodies end: parsing and writing, no I/O.

Sources: RFC 9112 (§2 to §6), RFC 9110 (§7.6.1, §9.2.2). Strict where leniency smuggles: both
framings at once, folded lines and blanks before a colon are refused.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_START = re.compile(r"([A-Z]{1,20}) (\S{1,32000}) HTTP/1\.([01])")
_STATUS = re.compile(r"HTTP/1\.([01]) (\d{3})(?: (.*))?")

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "upgrade"}
)
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


class BadMessage(Exception):
    """The peer sent something that is not HTTP/1.1; ``status`` is what to answer."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class Ending(enum.Enum):
    """How the end of a body is told."""

    NO_BODY = enum.auto()
    LENGTH = enum.auto()
    CHUNKED = enum.auto()
    CLOSE = enum.auto()


@dataclass(frozen=True, slots=True)
class Framing:
    ending: Ending
    length: int = 0


Fields = list[tuple[str, str]]


@dataclass(slots=True)
class Request:
    method: str
    target: str
    minor: int
    fields: Fields

    @property
    def framing(self) -> Framing:
        declared = _declared(self.fields)
        return Framing(Ending.NO_BODY) if declared is None else declared

    @property
    def keeps_alive(self) -> bool:
        return self.minor == 1 and "close" not in tokens(self.fields, "connection")

    def encode(self) -> bytes:
        return _encode(f"{self.method} {self.target} HTTP/1.{self.minor}", self.fields)


@dataclass(slots=True)
class Response:
    status: int
    reason: str
    minor: int
    fields: Fields

    def framing(self, method: str) -> Framing:
        """How the body ends, which depends on the request's ``method``."""
        if method == "HEAD" or self.status < 200 or self.status in (204, 304):
            return Framing(Ending.NO_BODY)
        return _declared(self.fields) or Framing(Ending.CLOSE)

    @property
    def keeps_alive(self) -> bool:
        return self.minor == 1 and "close" not in tokens(self.fields, "connection")

    def encode(self) -> bytes:
        return _encode(f"HTTP/1.1 {self.status} {self.reason}", self.fields)


def parse_request(raw: bytes) -> Request:
    """The request whose head is ``raw``, blank line included. Raises BadMessage."""
    start, fields = _parse(raw)
    found = _START.fullmatch(start)
    if found is None:
        raise BadMessage("The request line is not HTTP/1.1.")
    _declared(fields)  # refuses what smuggles, before anybody acts on it
    return Request(found[1], found[2], int(found[3]), fields)


def parse_response(raw: bytes) -> Response:
    """The response whose head is ``raw``, blank line included. Raises BadMessage."""
    start, fields = _parse(raw)
    found = _STATUS.fullmatch(start)
    if found is None:
        raise BadMessage("The status line is not HTTP/1.1.", 502)
    return Response(int(found[2]), found[3] or "", int(found[1]), fields)


def get(fields: Fields, name: str) -> str | None:
    """The first field called ``name`` (lower case)."""
    return next((value for key, value in fields if key.lower() == name), None)


def tokens(fields: Fields, name: str) -> set[str]:
    """The comma separated tokens of every field called ``name``, in lower case."""
    values = ",".join(value for key, value in fields if key.lower() == name)
    return {part.strip().lower() for part in values.split(",") if part.strip()}


def without_hops(fields: Fields) -> Fields:
    """``fields`` without those that concern one connection only."""
    dropped = HOP_BY_HOP | tokens(fields, "connection")
    return [(key, value) for key, value in fields if key.lower() not in dropped]


def _parse(raw: bytes) -> tuple[str, Fields]:
    start, *lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    fields = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name) or _UNPRINTABLE.search(value):
            raise BadMessage("A header line is malformed.")
        fields.append((name, value.strip(" \t")))
    return start, fields


def _encode(start: str, fields: Fields) -> bytes:
    lines = [start, *(f"{key}: {value}" for key, value in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _declared(fields: Fields) -> Framing | None:
    lengths = {value for key, value in fields if key.lower() == "content-length"}
    codings = tokens(fields, "transfer-encoding")
    if codings and lengths:
        raise BadMessage("Content-Length and Transfer-Encoding exclude each other.")
    if codings:
        if codings != {"chunked"}:
            raise BadMessage("The only transfer coding spoken here is chunked.", 501)
        return Framing(Ending.CHUNKED)
    if not lengths:
        return None
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdigit()):
        raise BadMessage("Content-Length is one decimal number.")
    return Framing(Ending.LENGTH, int(length)) if int(length) else Framing(Ending.NO_BODY)
