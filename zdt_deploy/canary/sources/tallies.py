"""What each instance counted in each window, out of the series of a scraper. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources.counters import increases
from zdt_deploy.canary.sources.tally import Key, Tally


@dataclass(frozen=True, slots=True)
class Series:
    """A series: its labels, and its value by the second at which it was looked at."""

    labels: Mapping[str, str]
    values: Mapping[int, float]


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
        self._found: dict[Key, Tally] = {}

    def add_latency(self, found: Iterable[Series]) -> None:
        for series in found:
            bound = float(series.labels["le"])
            for tally, grown in self._grown(series):
                tally.add_latency(bound, grown)

    def add_errors(self, found: Iterable[Series]) -> None:
        for series in found:
            for tally, grown in self._grown(series):
                tally.errors += grown

    def add_counter(self, name: str, found: Iterable[Series]) -> None:
        for series in found:
            for tally, grown in self._grown(series):
                tally.add_counter(name, grown)

    def samples(self, seconds: int) -> list[Sample]:
        """One for each instance and window, and one with a problem for each instance that could not
        be scraped while others of its release were: what those saw is not all."""
        self._mark_unseen()
        return [
            tally.sample(end - seconds, seconds, release, instance)
            for (end, release, instance), tally in sorted(self._found.items())
        ]

    def _grown(self, series: Series) -> Iterable[tuple[Tally, float]]:
        release, instance = series.labels[self.release], series.labels[self.instance]
        for moment, grown in increases(series.values, self.ends, self.seen).items():
            yield self._found.setdefault((moment, release, instance), Tally()), grown

    def _mark_unseen(self) -> None:
        release_of = {instance: release for _end, release, instance in sorted(self._found)}
        heard = {(end, release) for end, release, _instance in self._found}
        for series in self.up:
            instance = series.labels.get(self.instance, "")
            release = release_of.get(instance)
            for moment, value in series.values.items():
                if not value >= 1 and release is not None and (moment, release) in heard:
                    tally = self._found.setdefault((moment, release, instance), Tally())
                    tally.problem = "instance_unseen"
