"""What each instance counted in each window, out of the series of a scraper. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import buckets
from zdt_deploy.canary.sources.counters import increases

Key = tuple[int, str, str]
"""Where a window ends, the release and the instance."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series: its labels, and its value by the second at which it was looked at."""

    labels: Mapping[str, str]
    values: Mapping[int, float]


@dataclass(slots=True)
class _Tally:
    by_bound: dict[float, float] = field(default_factory=dict)
    errors: float = 0.0
    counters: dict[str, float] = field(default_factory=dict)
    problem: str = ""


class Tallies:
    """Adds series up. ``ends`` are the ends of the windows, the first of which is compared with
    only; ``up`` are the series that say which instances could be scraped.

    Raises ValueError for numbers that no counter has, and for series without their labels.
    """

    def __init__(
        self, release: str, instance: str, ends: Sequence[int], up: Iterable[Series]
    ) -> None:
        self.release, self.instance, self.ends = release, instance, ends
        self.up = list(up)
        self.seen = {moment for series in self.up for moment in series.values}
        self._found: dict[Key, _Tally] = {}

    def add_latency(self, found: Iterable[Series]) -> None:
        for series in found:
            bound = float(series.labels["le"])
            for tally, grown in self._grown(series):
                tally.by_bound[bound] = tally.by_bound.get(bound, 0.0) + grown

    def add_errors(self, found: Iterable[Series]) -> None:
        for series in found:
            for tally, grown in self._grown(series):
                tally.errors += grown

    def add_counter(self, name: str, found: Iterable[Series]) -> None:
        for series in found:
            for tally, grown in self._grown(series):
                tally.counters[name] = tally.counters.get(name, 0.0) + grown

    def samples(self, seconds: int) -> list[Sample]:
        """One for each instance and window, and one with a problem for each instance that could not
        be scraped while others of its release were: what those saw is not all."""
        self._mark_unseen()
        return [
            _sample(end - seconds, seconds, release, instance, tally)
            for (end, release, instance), tally in sorted(self._found.items())
        ]

    def _grown(self, series: Series) -> Iterable[tuple[_Tally, float]]:
        release, instance = series.labels[self.release], series.labels[self.instance]
        for moment, grown in increases(series.values, self.ends, self.seen).items():
            yield self._found.setdefault((moment, release, instance), _Tally()), grown

    def _mark_unseen(self) -> None:
        release_of = {instance: release for _end, release, instance in sorted(self._found)}
        heard = {(end, release) for end, release, _instance in self._found}
        for series in self.up:
            instance = series.labels.get(self.instance, "")
            release = release_of.get(instance)
            for moment, value in series.values.items():
                if value < 1 and release is not None and (moment, release) in heard:
                    tally = self._found.setdefault((moment, release, instance), _Tally())
                    tally.problem = "instance_unseen"


def _sample(window: int, seconds: int, release: str, instance: str, tally: _Tally) -> Sample:
    latency: dict[int, int] = {}
    problem = tally.problem
    if not problem:
        try:
            latency = buckets.fine(tally.by_bound)
        except ValueError:
            problem = "latency_incomplete"
    requests, errors = sum(latency.values()), round(tally.errors)
    if errors > requests and not problem:
        problem = "more_errors_than_requests"
    return Sample(
        window, seconds, release, instance, requests, errors, latency=latency,
        counters=dict(tally.counters), problem=problem,
    )  # fmt: skip
