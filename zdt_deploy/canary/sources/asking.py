"""Asking a metric server over HTTP, and making nothing of an answer that is none."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from zdt_core import outbound
from zdt_core.exceptions import Refused, Unavailable
from zdt_deploy.canary.sources.hiding import told
from zdt_deploy.canary.sources.templates import refused

LARGEST_ANSWER = 8_000_000
DEADLINE_SECONDS = 4.0

UNREADABLE = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
"""What reading an answer raises that is not what it should be."""

_MEANINGS = {
    401: "it does not take the key or token",
    403: "the key or token may not read this",
    404: "nothing is there; is the address right?",
    429: "it was asked too often",
}


def address(url: Any) -> tuple[str, dict[str, str]]:
    """A server's address without its user and password, and the header that carries those.

    Raises ConfigurationError for what is no http(s) address, or has more than a path.
    """
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and not parts.query
    except (ValueError, TypeError, AttributeError):
        fine = False
    if not fine:
        raise refused("url is an http(s) address without a query")
    user, found, place = parts.netloc.rpartition("@")
    bare = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
    basic = base64.b64encode(unquote(user).encode()).decode()
    return bare, {"Authorization": f"Basic {basic}"} if found else {}


@dataclass(frozen=True, slots=True)
class Server:
    """A metric server by its ``name``; ``secrets`` are never in what is told about it."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    def ask(
        self, method: str, url: str, *, json: Any = None, body: bytes | None = None, kind: str = ""
    ) -> Any:
        """What an answer holds as JSON. Raises Unavailable, and what `understood` understands."""
        answer = self.call(method, url, json=json, body=body, kind=kind)
        if not answer.ok:
            raise self.unavailable(self._refusal(answer))
        return answer.json()

    def call(
        self, method: str, url: str, *, json: Any = None, body: bytes | None = None, kind: str = ""
    ) -> outbound.Answer:
        """The answer, whatever its status. Raises Unavailable."""
        headers = {**self.headers, **({"Content-Type": kind} if kind else {})}
        try:
            return outbound.request(
                method, url, json=json, body=body, headers=headers,
                deadline=DEADLINE_SECONDS, max_bytes=LARGEST_ANSWER,
            )  # fmt: skip
        except Refused as refusal:
            raise Unavailable(str(refusal)) from None
        except UNREADABLE as error:  # headers that no header can hold
            raise Unavailable(f"{self.name} cannot be asked: {type(error).__name__}") from None

    @contextmanager
    def understood(self) -> Iterator[None]:
        """An answer that is not what this server answers is none."""
        try:
            yield
        except UNREADABLE as error:
            raise self.unavailable(f"{self.name}'s answer cannot be read: {error!r}") from None

    def unavailable(self, text: str) -> Unavailable:
        """The error that says ``text``, whatever of it is the server's."""
        return Unavailable(told(text, self.secrets | self._sent))

    @property
    def _sent(self) -> frozenset[str]:
        """What carries a secret as it was sent, such as a user and a password in base64."""
        values = self.headers.values()
        return frozenset(form for value in values for form in (value, value.rpartition(" ")[2]))

    def _refusal(self, answer: outbound.Answer) -> str:
        """The status, what it usually means, and what the server itself says is wrong."""
        parts = [f"{self.name} answered with status {answer.status}"]
        parts += [_MEANINGS[answer.status]] if answer.status in _MEANINGS else []
        parts += [words] if (words := _words(answer)) else []
        return ": ".join(parts)


def _words(answer: outbound.Answer) -> str:
    """What a server of metrics says is wrong; nothing of whoever else answers."""
    try:
        said = answer.json()
        found = said["error"] if "error" in said else said["errors"]
    except UNREADABLE:
        return ""
    return "; ".join(map(str, found)) if isinstance(found, list) else str(found)
