"""Reads the closed slots of one service from this region's Redis."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from zdt_core import fast_copy
from zdt_core.conf import conf
from zdt_core.exceptions import Unavailable
from zdt_core.observing import keys

_MOST_WORDS = 500


@dataclass(frozen=True, slots=True)
class Slot:
    """What one release did in the slot that began at ``start``, all of its processes together.

    ``queries`` are calls and microseconds by id; ``inside`` and ``outside`` errors by id.
    """

    start: int
    release: str
    requests: int = 0
    failed: int = 0
    microseconds: int = 0
    statements: int = 0
    latency: dict[int, int] = field(default_factory=dict)
    database: dict[int, int] = field(default_factory=dict)
    inside: dict[str, int] = field(default_factory=dict)
    outside: dict[str, int] = field(default_factory=dict)
    queries: dict[str, tuple[int, int]] = field(default_factory=dict)


def clock() -> tuple[float, int]:
    """``(now, start of the newest closed slot)`` in seconds by Redis's clock: one that every
    process had the time to flush into. Raises Unavailable."""
    with _answering():
        seconds, microseconds = fast_copy.client().time()
    now, length = seconds + microseconds / 1e6, keys.slot_seconds()
    settled = now - conf.METRICS_WINDOW - conf.METRICS_GRACE
    return now, (math.floor(settled / length) - 1) * length


def read(environment: str, region: str, service: str, start: int) -> list[Slot]:
    """Every release's slot that began at ``start``. Raises Unavailable."""
    prefix = keys.prefix(environment, region, service)
    with _answering():
        client = fast_copy.client()
        members = cast(Any, client.smembers(keys.releases(prefix, start)))
        names = sorted(name.decode(errors="replace") for name in members)
        ask = client.pipeline(transaction=False)
        for name in names:
            ask.hgetall(keys.slot(prefix, start, name))
        answers = ask.execute()
    return [_slot(start, name, found) for name, found in zip(names, answers, strict=True)]


def words(
    environment: str, region: str, service: str, release: str, ids: list[str]
) -> dict[str, dict[str, str]]:
    """What the ids mean; those that nobody told are left out. Raises Unavailable."""
    wanted = ids[:_MOST_WORDS]
    if not wanted:
        return {}
    name = keys.words(keys.prefix(environment, region, service), release)
    with _answering():
        texts = cast(Any, fast_copy.client().hmget(name, wanted))
    found = {id: _read(text) for id, text in zip(wanted, texts, strict=True)}
    return {id: said for id, said in found.items() if said}


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except fast_copy.Error as error:
        raise Unavailable(f"Redis did not answer, so nothing can be compared: {error}") from error


def _slot(start: int, release: str, found: dict[bytes, bytes]) -> Slot:
    counts = {name.decode(errors="replace"): _count(text) for name, text in found.items()}
    calls, times = _below(counts, "c:"), _below(counts, "t:")
    return Slot(
        start,
        release,
        requests=counts.get("n", 0),
        failed=counts.get("e", 0),
        microseconds=counts.get("u", 0),
        statements=counts.get("q", 0),
        latency=_buckets(counts, "h"),
        database=_buckets(counts, "d"),
        inside=_below(counts, "p:"),
        outside=_below(counts, "x:"),
        queries={id: (number, times.get(id, 0)) for id, number in calls.items()},
    )


def _below(counts: dict[str, int], start: str) -> dict[str, int]:
    return {name[len(start) :]: n for name, n in counts.items() if name.startswith(start) and n}


def _buckets(counts: dict[str, int], letter: str) -> dict[int, int]:
    found = ((name[1:], n) for name, n in counts.items() if name[0:1] == letter)
    return {int(index): n for index, n in found if index.lstrip("-").isdecimal() and n}


def _count(text: bytes) -> int:
    try:
        return max(0, int(text))
    except ValueError:
        return 0


def _read(text: bytes | None) -> dict[str, str]:
    try:
        said = json.loads(text) if text else {}
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in said.items()} if isinstance(said, dict) else {}
