"""Windows from Datadog: amounts by release, instance and window.

Latency is asked for bound by bound, with the threshold queries of distributions
(``count(v: v<=0.1):…``), so that percentiles are ours and not merged from others. A point that is
not there, or null, is not 0; see `zdt_deploy.canary.sources.amounts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from zdt_core.metering.bounds import SECONDS
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import templates
from zdt_deploy.canary.sources.amounts import Amounts
from zdt_deploy.canary.sources.asking import Server, address
from zdt_deploy.canary.sources.base import Clock, Source
from zdt_deploy.canary.sources.compared import compared, located
from zdt_deploy.canary.sources.datadog_answers import Points, points_v1, points_v2
from zdt_deploy.canary.sources.datadog_query import PLACES_OF_LATENCY, Query, releases_by_tag
from zdt_deploy.canary.sources.hiding import secrets_in
from zdt_deploy.canary.sources.sound import named
from zdt_deploy.canary.sources.tally import ALL


@dataclass(frozen=True, slots=True)
class Queries:
    """What to ask, with ``$environment``, ``$service`` and, in ``latency``, ``$bound``.

    ``release`` and ``instance`` are the tags that tell series apart; an empty ``instance`` says
    that there is none. ``bounds`` are in seconds;
    ``per_second`` is what a second is in the distribution's unit (1000 for milliseconds).
    """

    requests: str
    errors: str
    latency: str
    release: str = "version"
    instance: str = "host"
    counters: Mapping[str, str] = field(default_factory=dict)
    bounds: Sequence[float] = SECONDS
    per_second: float = 1

    def __post_init__(self) -> None:
        templates.positive("per_second", self.per_second)
        if not self.bounds:
            raise templates.refused("bounds are missing")
        for bound in self.bounds:
            templates.positive("bounds", bound)
        if "$bound" not in str(self.latency):
            raise templates.refused("latency names no $bound, such as count(v: v<=$bound):…")
        self.parsed()

    def parsed(self) -> list[tuple[str, str, Query]]:
        """Every query by what it is for: kind, name and query. Raises ConfigurationError."""
        by = tuple(filter(None, (self.release, self.instance)))
        return [
            ("requests", "", Query.read("requests", self.requests, by)),
            ("errors", "", Query.read("errors", self.errors, by)),
            ("latency", "", Query.read("latency", self.latency, by, PLACES_OF_LATENCY)),
            *(
                ("counter", name, Query.read(f"counters[{name!r}]", query, by))
                for name, query in self.counters.items()
            ),
        ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query that is sent, and what its points are."""

    kind: str
    text: str
    name: str = ""
    bound: float = 0.0


class Datadog(Source):
    """``site`` is such as datadoghq.eu. Windows have ``seconds``, and are closed ``delay`` seconds
    after their end, once the agents have sent them. ``api`` is ``v2`` or ``v1``, ``url`` another
    address than the site's."""

    def __init__(
        self,
        queries: Queries,
        *,
        api_key: str,
        app_key: str,
        site: str = "datadoghq.com",
        url: str = "",
        api: str = "v2",
        seconds: int = 60,
        delay: float = 60,
    ) -> None:
        templates.positive("delay", delay)
        if type(seconds) is not int or seconds <= 0 or seconds % 10:
            raise templates.refused("seconds is a multiple of 10, which agents send in")
        if api not in ("v1", "v2"):
            raise templates.refused(f"api is 'v2' or 'v1', not {api!r:.20}")
        if not (api_key and app_key):
            raise templates.refused("api_key and app_key are both needed")
        self._url, basic = address(url or f"https://api.{site}")
        self._api, self.queries, self.seconds, self.delay = api, queries, seconds, delay
        headers = {**basic, "DD-API-KEY": api_key, "DD-APPLICATION-KEY": app_key}
        secrets = secrets_in({"api_key": api_key, "app_key": app_key, "url": url})
        self._server = Server("Datadog", headers, secrets)

    def clock(self) -> Clock:
        return Clock.ours(self.seconds, self.delay)

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        begin = -(-first // self.seconds) * self.seconds
        known = releases_by_tag(compared(environment, service).releases)
        asked = list(self._asked(located(environment, service)))
        amounts = Amounts(self.queries.bounds)
        seen: set[object] = set()
        with self._server.understood():
            for number, tags, points in self._points(asked, begin, last + self.seconds):
                if not 0 <= number < len(asked):
                    raise ValueError("an answer to what was not asked")
                tag = tags[self.queries.release]
                instance = named(tags[self.queries.instance]) if self.queries.instance else ALL
                place = known.get(tag, tag), instance
                if (number, place) in seen:
                    raise ValueError("a series twice")
                seen.add((number, place))
                for window, value in points.items():
                    if begin <= window <= last:
                        _add(amounts, asked[number], (window, *place), value)
            if amounts.has_requests and not amounts.errors_told:
                self._look_for_errors()
            return list(amounts.samples(self.seconds))

    def _asked(self, place: Mapping[str, str]) -> Iterable[_Asked]:
        for kind, name, query in self.queries.parsed():
            if kind != "latency":
                yield _Asked(kind, templates.filled(query.text, place), name)
                continue
            for bound in self.queries.bounds:
                values = {**place, "bound": templates.plain(bound * self.queries.per_second)}
                yield _Asked(kind, templates.filled(query.text, values), bound=bound)

    def _points(self, asked: Sequence[_Asked], begin: int, end: int) -> Iterable[Points]:
        texts = [f"{each.text}.rollup(sum, {self.seconds})" for each in asked]
        if self._api == "v1":
            query = urlencode({"from": begin, "to": end, "query": ",".join(texts)})
            return points_v1(self._server.ask("GET", f"{self._url}/api/v1/query?{query}"),
                             self.seconds)  # fmt: skip
        attributes: dict[str, Any] = {
            "from": begin * 1000,
            "to": end * 1000,
            "interval": self.seconds * 1000,
            "queries": [
                {"data_source": "metrics", "name": f"q{number}", "query": text}
                for number, text in enumerate(texts)
            ],
            "formulas": [{"formula": f"q{number}"} for number in range(len(asked))],
        }
        body = {"data": {"type": "timeseries_request", "attributes": attributes}}
        return points_v2(self._server.ask("POST", f"{self._url}/api/v2/query/timeseries",
                                          json=body), self.seconds)  # fmt: skip

    def _look_for_errors(self) -> None:
        """That there are no errors is no answer of a metric that is not there, nor of tags that it
        does not have. Raises Unavailable."""
        _kind, _name, query = self.queries.parsed()[1]
        url = f"{self._url}/api/v2/metrics/{quote(query.metric, safe='')}/all-tags"
        answer = self._server.call("GET", url)
        if answer.status == 404:
            raise self._server.unavailable(
                f"Datadog has no metric {query.metric}, so that nobody can say there were no "
                "errors. Let it be there from the start with 0."
            )
        if not answer.ok:
            raise self._server.unavailable(
                f"Datadog answered with status {answer.status} when asked whether {query.metric} "
                "is there; the application key needs metrics_read for that."
            )
        tags = answer.json()["data"]["attributes"]["tags"]
        keys = {str(tag).partition(":")[0] for tag in tags}
        if strange := query.tags - keys:
            raise self._server.unavailable(
                f"{query.metric} has no tag {', '.join(sorted(strange))}; it has "
                f"{', '.join(sorted(keys))}"
            )


def _add(amounts: Amounts, asked: _Asked, key: tuple[int, str, str], value: float) -> None:
    if asked.kind == "requests":
        amounts.add_requests(key, value)
    elif asked.kind == "errors":
        amounts.add_errors(key, value)
    elif asked.kind == "latency":
        amounts.add_latency(key, asked.bound, value)
    else:
        amounts.add_counter(key, asked.name, value)
