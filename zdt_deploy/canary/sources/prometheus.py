"""Windows from a Prometheus server: raw counters that are differenced here.

Asked are the counters themselves at the end of each window, series by series, never `rate` or
`increase`: those leave out what a series is born with, which for a new release are its first
errors. Whatever is wrong with an answer makes it no answer (`Unavailable`), never a zero; and that
nobody reported an error is believed only of a metric that is there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_core.metering import families
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import promql, templates
from zdt_deploy.canary.sources.asking import Server, address
from zdt_deploy.canary.sources.base import Clock, Source
from zdt_deploy.canary.sources.compared import located
from zdt_deploy.canary.sources.hiding import secrets_in
from zdt_deploy.canary.sources.sound import named
from zdt_deploy.canary.sources.tallies import Series, Tallies

LOOK_BACK = 5
"""Windows before the first one that are read, too: a series that was there is not a new one."""

FURTHEST_OFF = 3600
"""Seconds by which the server's clock may differ from ours: more is a broken clock."""

_FORM = "application/x-www-form-urlencoded"
_fits = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch


@dataclass(frozen=True, slots=True)
class Queries:
    """What to ask: PromQL selectors of counters, in which ``$environment`` and ``$service`` stand
    for the deployment's.

    ``latency`` are the ``_bucket`` series of a classic histogram in seconds; its +Inf is the number
    of requests. ``errors`` are the requests that failed. ``release`` and ``instance`` name the
    labels that tell series apart; ``up`` says whether instances could be scraped. ``labels`` are
    those that scraping adds to zdt's own metrics, which are checked by their table.
    """

    latency: str
    errors: str
    release: str = "release"
    instance: str = "instance"
    up: str = "up"
    counters: Mapping[str, str] = field(default_factory=dict)
    labels: Sequence[str] = ()

    def __post_init__(self) -> None:
        both = (self.release, self.instance)
        for name in both:
            if not isinstance(name, str) or not _fits(name):
                raise ConfigurationError(f"ZDT_METRIC_SOURCE: {name!r} is no label.")
        known = {name: (*own, *self.labels) for name, own in _labels_of_our_own().items()}
        promql.check("latency", self.latency, (*both, "le"), known)
        promql.check("errors", self.errors, both, known)
        promql.check("up", self.up, (self.instance,), known)
        for name, query in self.counters.items():
            promql.check(f"counters[{name!r}]", query, both, known)


class Prometheus(Source):
    """``url`` is the server's, without /api; windows have ``seconds``, and are closed ``delay``
    seconds after their end, once every instance was scraped."""

    def __init__(
        self, url: str, queries: Queries, *, seconds: int = 60, delay: float = 30, token: str = ""
    ) -> None:
        templates.positive("seconds", seconds)
        templates.positive("delay", delay)
        if type(seconds) is not int:
            raise templates.refused("seconds is a whole number")
        self._url, headers = address(url)
        self.queries, self.seconds, self.delay = queries, seconds, delay
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        self._server = Server("Prometheus", headers, secrets_in({"url": url, "token": token}))

    def clock(self) -> Clock:
        with self._server.understood():
            now = float(self._ask("query", query="time()")["result"][1])
            if not abs(now - time.time()) <= FURTHEST_OFF:
                raise Unavailable("Prometheus' clock is more than an hour off this process's.")
            return Clock.at(now, self.seconds, self.delay)

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        begin = -(-first // self.seconds) * self.seconds
        ends = range(begin - LOOK_BACK * self.seconds, last + self.seconds + 1, self.seconds)
        place = located(environment, service)
        asked = self.queries
        with self._server.understood():
            up = self._series(asked.up, place, ends)
            tallies = Tallies(asked.release, asked.instance, ends, up)
            tallies.add_latency(latency := self._series(asked.latency, place, ends))
            if latency and not up:
                raise Unavailable(
                    "Prometheus has nothing for the query “up”, so that nobody knows which "
                    "instances are new and which could not be scraped."
                )
            tallies.add_errors(errors := self._series(asked.errors, place, ends))
            if latency and not errors:
                self._look_for(asked.errors)
            for name, query in asked.counters.items():
                tallies.add_counter(name, self._series(query, place, ends))
            found = tallies.samples(self.seconds)
        return [sample for sample in found if begin <= sample.window <= last]

    def _series(self, query: str, place: Mapping[str, str], ends: Sequence[int]) -> list[Series]:
        data = self._ask(
            "query_range",
            query=templates.filled(query, place, _escaped),
            start=ends[0], end=ends[-1], step=self.seconds,
        )  # fmt: skip
        if data["resultType"] != "matrix":
            raise ValueError("no series over time")
        found = [
            Series(
                self._labels(each["metric"]),
                {int(moment): float(value) for moment, value in each["values"]},
            )
            for each in data["result"]
        ]
        if len({tuple(sorted(each.labels.items())) for each in found}) < len(found):
            raise ValueError("a series twice")
        return found

    def _look_for(self, query: str) -> None:
        """That there are no errors is no answer of a metric that is not there, nor of labels that
        it does not have. Raises Unavailable."""
        for asked in promql.selectors(query):
            known = self._data("labels", {"match[]": asked.metric})
            if not isinstance(known, list):
                raise ValueError("no labels")
            if "__name__" not in known:
                raise self._server.unavailable(
                    f"Prometheus has no metric {asked.metric}, so that nobody can say there were "
                    "no errors. Let it be there from the start with 0."
                )
            if strange := asked.labels - {str(label) for label in known}:
                names = ", ".join(sorted(str(label) for label in known if label != "__name__"))
                raise self._server.unavailable(
                    f"{asked.metric} has no label {', '.join(sorted(strange))}; it has {names}"
                )

    def _labels(self, found: Mapping[str, Any]) -> dict[str, str]:
        labels = {str(name): str(value) for name, value in found.items()}
        instance = self.queries.instance
        if instance in labels:
            labels[instance] = named(labels[instance])
        return labels

    def _ask(self, what: str, **values: Any) -> dict[str, Any]:
        data = self._data(what, values)
        if not isinstance(data, dict):
            raise ValueError("no data")
        return data

    def _data(self, what: str, values: Mapping[str, Any]) -> Any:
        """The data of an answer, which has to be whole. Raises Unavailable."""
        body = urlencode(values).encode()
        answer = self._server.ask("POST", f"{self._url}/api/v1/{what}", body=body, kind=_FORM)
        if answer["status"] != "success":
            raise ValueError("no success")
        if answer.get("warnings"):  # such as of a store behind it that could not be asked
            raise self._server.unavailable(
                f"Prometheus warns that its answer is not all: {answer['warnings']}"
            )
        return answer["data"]


def _labels_of_our_own() -> dict[str, tuple[str, ...]]:
    """The labels of what zdt itself shows to Prometheus, with those that scraping adds."""
    return {
        series: (*family.labels, "le", "job", "instance")
        for family in families.declared()
        for series in family.series
    }


def _escaped(value: str) -> str:
    """For between the quotes of a label's value."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
