"""One call: asked beside the caller, who waits until the deadline and no longer."""

from __future__ import annotations

import json as json_module
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from zdt_core.exceptions import Refused
from zdt_core.outbound import quiet
from zdt_core.outbound.conf import conf
from zdt_core.outbound.errors import Unanswered
from zdt_core.outbound.line import JudgingAdapter, Line
from zdt_core.outbound.meaning import meaning
from zdt_core.outbound.urls import origin, shown

LARGEST = 1_000_000
"""Bytes that an answer may have unless the caller says otherwise."""

_CHUNK = 16_384
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Any status is an answer: the caller judges it."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json_module.loads(self.body)


@dataclass(frozen=True, slots=True)
class _Ask:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    max_bytes: int
    hops: int
    place: str
    within: bool
    ca_bundle: str | None


ANYWHERE = ("0.0.0.0/0", "::/0")


def request(
    method: str,
    url: str,
    *,
    json: Any = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    deadline: float | None = None,
    max_bytes: int = LARGEST,
    redirects: int = 0,
    secret_path: bool = False,
    within: bool = False,
    ca_bundle: str | None = None,
) -> Answer:
    """Call ``url`` and return the whole answer.

    ``deadline`` are the seconds that all of it may take, names, handshakes and a body that drips
    included (ZDT_OUTBOUND_SECONDS by default). ``json`` is sent as JSON. Up to ``redirects`` are
    followed, for GET and HEAD, each judged like the first, and your headers stay with the first
    host. ``secret_path`` keeps the path out of what errors say. ``within`` is for a server that the
    site itself runs, such as a cluster's own: on any address but those of metadata, and past the
    proxy. ``ca_bundle`` is a file of authorities to trust for this call.

    Raises `Refused` where the call may not be made (an address that is denied, no URL), and
    `Unanswered` where no full answer came: too slow, too large, unreachable, not trusted. Both
    carry a code with params, and neither shows a query, a user or a password.
    """
    place = shown(url, path=not secret_path)
    _check(url, place)
    sent = {"Accept-Encoding": "identity", "User-Agent": "zdt", **(headers or {})}
    if json is not None:
        body = json_module.dumps(json).encode()
        sent.setdefault("Content-Type", "application/json")
    hops = redirects if method.upper() in ("GET", "HEAD") else 0
    seconds = conf.OUTBOUND_SECONDS if deadline is None else deadline
    line = Line(seconds, [*conf.OUTBOUND_ALLOW, *(ANYWHERE if within else ())], place)
    ask = _Ask(method.upper(), url, sent, body, max_bytes, hops, place, within, ca_bundle)
    return _wait(line, ask)


def _wait(line: Line, ask: _Ask) -> Answer:
    outcome: list[Answer | BaseException] = []
    thread = threading.Thread(
        target=_run, args=(outcome, line, ask), name=quiet.THREAD, daemon=True
    )
    thread.start()
    thread.join(line.seconds_left)
    if not outcome:
        line.cut()
        raise line.too_slow()
    found = outcome[0]
    if isinstance(found, BaseException):
        raise found
    return found


def _run(outcome: list[Answer | BaseException], line: Line, ask: _Ask) -> None:
    try:
        outcome.append(_exchange(line, ask))
    except BaseException as error:
        outcome.append(meaning(error, line))
    finally:
        line.close()


def _exchange(line: Line, ask: _Ask) -> Answer:
    with requests.Session() as session:
        session.trust_env = False  # no proxy, no .netrc, no certificates that nobody asked for
        session.mount("http://", JudgingAdapter(line))
        session.mount("https://", JudgingAdapter(line))
        url, headers = ask.url, ask.headers
        for _ in range(ask.hops + 1):
            answer, target = _hop(session, line, ask, url, headers)
            if target is None or ask.hops == 0:
                return answer
            _check_hop(url, target)
            if origin(target) != origin(url):
                headers = {"Accept-Encoding": "identity", "User-Agent": "zdt"}
            url = target
    raise Unanswered("outbound_lost_its_way", url=ask.place, hops=ask.hops)


def _hop(
    session: requests.Session, line: Line, ask: _Ask, url: str, headers: dict[str, str]
) -> tuple[Answer, str | None]:
    with session.request(
        ask.method,
        url,
        data=ask.body,
        headers=headers,
        timeout=line.seconds_left,
        stream=True,
        allow_redirects=False,
        proxies={} if ask.within else _proxies(url),
        verify=ask.ca_bundle or conf.OUTBOUND_CA_BUNDLE or True,
    ) as response:
        body = _body(response, ask)
        target = response.headers.get("Location") if response.status_code in _REDIRECTS else None
        answer = Answer(response.status_code, response.headers, body)
    return answer, None if target is None else urljoin(url, target)


def _body(response: requests.Response, ask: _Ask) -> bytes:
    chunks, size = [], 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > ask.max_bytes:
            raise Unanswered("outbound_too_large", url=ask.place, limit=ask.max_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


def _proxies(url: str) -> dict[str, str]:
    wanted = conf.OUTBOUND_PROXY
    if wanted is None:
        return {}
    if wanted == "environment":
        return dict(requests.utils.get_environ_proxies(url))
    return {"http": wanted, "https": wanted}


def _check(url: str, place: str) -> None:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname)
        fine = fine and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine:
        raise Refused("outbound_url_invalid", url=place)


def _check_hop(url: str, target: str) -> None:
    _check(target, shown(target, path=False))
    if origin(url)[0] == "https" and origin(target)[0] != "https":
        raise Refused("outbound_downgrade", url=shown(target, path=False))
