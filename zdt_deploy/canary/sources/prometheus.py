"""Windows from a Prometheus server: raw counters that are differenced here.

Asked are the counters themselves at the end of each window, series by series, never `rate` or
`increase`: those leave out what a series is born with, which for a new release are its first
errors. Whatever is wrong with an answer makes it no answer (`Unavailable`), never a zero.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from zdt_core import outbound
from zdt_core.exceptions import ConfigurationError, Refused, Unavailable
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources.base import Clock, Source
from zdt_deploy.canary.sources.tallies import Series, Tallies

LOOK_BACK = 5
"""Windows before the first one that are read, too: a series that was there is not a new one."""

LARGEST_ANSWER = 8_000_000
DEADLINE_SECONDS = 4.0
_PLACES = re.compile(r"\$(environment|service)\b")
_fits = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch
_is_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*").fullmatch
LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Queries:
    """What to ask: PromQL selectors of counters, in which ``$environment`` and ``$service`` stand
    for the deployment's.

    ``latency`` are the ``_bucket`` series of a classic histogram in seconds; its +Inf is the number
    of requests. ``errors`` are the requests that failed. ``release`` and ``instance`` name the
    labels that tell series apart; ``up`` says whether instances could be scraped.
    """

    latency: str
    errors: str
    release: str = "release"
    instance: str = "instance"
    up: str = "up"
    counters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (self.release, self.instance):
            if not _fits(name):
                raise ConfigurationError(f"ZDT_METRIC_SOURCE: {name!r} is no label.")


class Prometheus(Source):
    """``url`` is the server's, without /api; windows have ``seconds``, and are closed ``delay``
    seconds after their end, once every instance was scraped."""

    def __init__(
        self, url: str, queries: Queries, *, seconds: int = 60, delay: float = 30, token: str = ""
    ) -> None:
        self.url, self.queries = url.rstrip("/"), queries
        self.seconds, self.delay = seconds, delay
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def clock(self) -> Clock:
        with _understood():
            now = float(self._ask("query", query="time()")["result"][1])
        newest = (math.floor((now - self.delay) / self.seconds) - 1) * self.seconds
        return Clock(now, newest, self.seconds)

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        begin = math.ceil(first / self.seconds) * self.seconds
        ends = range(begin - LOOK_BACK * self.seconds, last + self.seconds + 1, self.seconds)
        place = {"environment": environment, "service": service}
        asked = self.queries
        with _understood():
            up = self._series(asked.up, place, ends)
            tallies = Tallies(asked.release, asked.instance, ends, up)
            tallies.add_latency(self._series(asked.latency, place, ends))
            tallies.add_errors(self._series(asked.errors, place, ends))
            for name, query in asked.counters.items():
                tallies.add_counter(name, self._series(query, place, ends))
        return [
            sample for sample in tallies.samples(self.seconds) if begin <= sample.window <= last
        ]

    def _series(self, query: str, place: Mapping[str, str], ends: Sequence[int]) -> list[Series]:
        data = self._ask(
            "query_range",
            query=_PLACES.sub(lambda name: _escaped(place[name[1]]), query),
            start=ends[0], end=ends[-1], step=self.seconds,
        )  # fmt: skip
        if data["resultType"] != "matrix":
            raise ValueError("no series over time")
        return [
            Series(
                self._labels(each["metric"]),
                {int(moment): float(value) for moment, value in each["values"]},
            )
            for each in data["result"]
        ]

    def _labels(self, found: Mapping[str, Any]) -> dict[str, str]:
        labels = {str(name): str(value) for name, value in found.items()}
        instance = self.queries.instance
        if instance in labels:
            labels[instance] = named(labels[instance])
        return labels

    def _ask(self, what: str, **values: Any) -> dict[str, Any]:
        """The data of an answer. Raises Unavailable."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **self._headers}
        try:
            answer = outbound.request(
                "POST", f"{self.url}/api/v1/{what}", body=urlencode(values).encode(),
                headers=headers, deadline=DEADLINE_SECONDS, max_bytes=LARGEST_ANSWER,
            )  # fmt: skip
        except Refused as refusal:
            raise Unavailable(str(refusal)) from refusal
        if not answer.ok:
            raise Unavailable(f"Prometheus answered with status {answer.status}: {_why(answer)}")
        data = answer.json()["data"]
        if not isinstance(data, dict):
            raise ValueError("no data")
        return data


def named(instance: str) -> str:
    """``instance`` as a name of at most 32 letters, which addresses are not; the same each time."""
    if len(instance) <= LONGEST_NAME and _is_name(instance):
        return instance
    digest = hashlib.sha256(instance.encode()).hexdigest()[:12]
    return f"{re.sub('[^A-Za-z0-9]+', '-', instance).strip('-')[:19]}-{digest}".lstrip("-")


@contextmanager
def _understood() -> Iterator[None]:
    """An answer that is not what Prometheus answers is none."""
    try:
        yield
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Unavailable(f"Prometheus' answer cannot be read: {error!r:.200}") from error


def _why(answer: outbound.Answer) -> str:
    """What Prometheus says is wrong with the query; not more than that of whoever else answers."""
    try:
        return str(answer.json()["error"])[:300]
    except (ValueError, KeyError, TypeError):
        return "no reason that can be read"


def _escaped(value: str) -> str:
    """For between the quotes of a label's value."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
