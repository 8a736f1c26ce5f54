"""Windows from Amazon CloudWatch: amounts by release, instance and window.

A metric is asked for by its exact dimensions, so these have to be known: the releases are those
that are being compared, and their instances those that ListMetrics tells. It may take CloudWatch 15
minutes to tell of a new one; a release of which it tells none is *unavailable*, not silent. Without
an instance dimension nothing has to be told.

Latency is asked for bound by bound, with trimmed counts (``TC(:0.1)``, values up to 0.1), and the
number of requests is that of the latencies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from zdt_core.exceptions import Unavailable
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import aws, templates
from zdt_deploy.canary.sources.amounts import Amounts
from zdt_deploy.canary.sources.asking import DEADLINE_SECONDS, LARGEST_ANSWER
from zdt_deploy.canary.sources.base import Clock, Source
from zdt_deploy.canary.sources.cloudwatch_metrics import Asked, Metrics
from zdt_deploy.canary.sources.cloudwatch_talk import Talk
from zdt_deploy.canary.sources.compared import compared, instances, located
from zdt_deploy.canary.sources.sound import named
from zdt_deploy.canary.sources.tally import ALL

AT_ONCE = 500
"""Queries that GetMetricData takes in one call."""

MOST_INSTANCES = 200


class CloudWatch(Source):
    """Windows have ``seconds``, and are closed ``delay`` seconds after their end, once everything
    has been published. ``endpoint`` is another address than the region's."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        region: str,
        endpoint: str = "",
        seconds: int = 60,
        delay: float = 120,
    ) -> None:
        if type(seconds) is not int or seconds <= 0 or seconds % 60:
            raise templates.refused(
                "seconds is a multiple of 60, in which CloudWatch keeps metrics"
            )
        templates.positive("delay", delay)
        self.metrics, self.seconds, self.delay = metrics, seconds, delay
        self._client = aws.client("cloudwatch", region, endpoint, DEADLINE_SECONDS, LARGEST_ANSWER)

    def clock(self) -> Clock:
        return Clock.ours(self.seconds, self.delay)

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        begin = -(-first // self.seconds) * self.seconds
        place = located(environment, service)
        fixed = {
            name: templates.filled(value, place) for name, value in self.metrics.dimensions.items()
        }
        talk = Talk(self._client)
        with talk.understood():
            asked = [
                query
                for release, instance in self._instances(talk, place, fixed)
                for query in self.metrics.asked(release, instance)
            ]
            amounts = Amounts(self.metrics.bounds)
            for query, window, value in self._values(talk, asked, fixed, begin, last):
                key = window, query.release, named(query.instance) if query.instance else ALL
                query.add(amounts, key, value)
            if amounts.has_requests and not amounts.errors_told:
                self._look_for_errors(talk, fixed)
            return list(amounts.samples(self.seconds))

    def _instances(
        self, talk: Talk, place: Mapping[str, str], fixed: Mapping[str, str]
    ) -> Iterator[tuple[str, str]]:
        """Each release that is compared, with each of its instances."""
        metrics = self.metrics
        watched = compared(place["environment"], place["service"])
        for release in watched.releases:
            if not metrics.instance:
                yield release, ""
                continue
            told = self._told(talk, {**fixed, metrics.release: release})
            if metrics.fleet:
                told |= instances(place["environment"], place["service"], release, metrics.fleet)
            if not told and release in watched.new:
                raise Unavailable(
                    f"CloudWatch tells of no instance of {release} yet, which takes it up to 15 "
                    "minutes after their first metric. Are its metrics published?"
                )
            if len(told) > MOST_INSTANCES:
                raise Unavailable(
                    f"{release} has {len(told)} instances in CloudWatch; up to {MOST_INSTANCES} "
                    "are asked for. Leave the instance's dimension out."
                )
            yield from ((release, instance) for instance in sorted(told))

    def _told(self, talk: Talk, wanted: Mapping[str, str]) -> set[str]:
        """The instances of the metrics that have the dimensions ``wanted`` and no others."""
        metrics = self.metrics
        dimensions = [{"Name": name, "Value": value} for name, value in wanted.items()]
        found = set()
        for page in talk.pages(
            "list_metrics", Namespace=metrics.namespace, MetricName=metrics.latency,
            Dimensions=[*dimensions, {"Name": metrics.instance}], RecentlyActive="PT3H",
        ):  # fmt: skip
            for metric in page["Metrics"]:
                has = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
                if has.keys() == {*wanted, metrics.instance}:
                    found.add(str(has[metrics.instance]))
        return found

    def _values(
        self, talk: Talk, asked: Sequence[Asked], fixed: Mapping[str, str], begin: int, last: int
    ) -> Iterator[tuple[Asked, int, float]]:
        """Each query's values by the second at which their window begins."""
        for at in range(0, len(asked), AT_ONCE):
            part = {f"q{n}": each for n, each in enumerate(asked[at : at + AT_ONCE])}
            queries = [
                self.metrics.query(name, each, fixed, self.seconds) for name, each in part.items()
            ]
            until, seen = last + self.seconds, set[tuple[str, int]]()
            for result in talk.results(queries, begin, until):
                query = part[result["Id"]]
                for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                    window = int(moment.timestamp())
                    if window % self.seconds or not begin <= window < until:
                        raise ValueError("a point of a window that was not asked for")
                    if type(value) not in (int, float):
                        raise TypeError("a value that is no number")
                    if (result["Id"], window) in seen:
                        raise ValueError("a point twice")
                    seen.add((result["Id"], window))
                    yield query, window, float(value)

    def _look_for_errors(self, talk: Talk, fixed: Mapping[str, str]) -> None:
        """That there are no errors is no answer of a metric that is not there."""
        metrics = self.metrics
        names = {*fixed, metrics.release, *filter(None, [metrics.instance])}
        for page in talk.pages(
            "list_metrics", Namespace=metrics.namespace, MetricName=metrics.errors,
            Dimensions=[{"Name": name} for name in sorted(names)],
        ):  # fmt: skip
            if any({d["Name"] for d in each["Dimensions"]} == names for each in page["Metrics"]):
                return
        raise Unavailable(
            f"CloudWatch has no metric {metrics.errors} in {metrics.namespace} with the dimensions "
            f"{', '.join(sorted(names))}, so that nobody can say there were no errors. Publish 0 "
            "where none failed."
        )
