"""Which metrics CloudWatch is asked for. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from zdt_core.metering.bounds import SECONDS
from zdt_deploy.canary.sources import templates
from zdt_deploy.canary.sources.amounts import Amounts
from zdt_deploy.canary.sources.tally import Key


@dataclass(frozen=True, slots=True)
class Metrics:
    """Which metrics: their names in ``namespace``, with ``dimensions`` in which ``$environment``
    and ``$service`` stand for the deployment's.

    ``release`` and ``instance`` name the dimensions that tell series apart; an empty ``instance``
    says that there is none. ``bounds`` are in seconds; ``per_second`` is what a second is in the
    unit of ``latency`` (1000 for milliseconds). ``fleet`` says by which of their names,
    ``instance`` or ``host``, zdt's own processes publish; those are asked for before CloudWatch
    tells of them.
    """

    namespace: str
    latency: str
    errors: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    release: str = "Release"
    instance: str = "Instance"
    counters: Mapping[str, str] = field(default_factory=dict)
    bounds: Sequence[float] = SECONDS
    per_second: float = 1
    fleet: str = ""

    def __post_init__(self) -> None:
        for option in ("namespace", "latency", "errors", "release"):
            templates.checked(option, getattr(self, option), places=())
        for name, metric in self.counters.items():
            templates.checked(f"counters[{name!r}]", metric, places=())
        for name, value in self.dimensions.items():
            templates.checked(f"dimensions[{name!r}]", value)
        if {self.release, self.instance} & set(self.dimensions):
            raise templates.refused("dimensions name the release's or the instance's as well")
        if self.fleet not in ("", "instance", "host"):
            raise templates.refused(f"fleet is 'instance' or 'host', not {self.fleet!r:.20}")
        templates.positive("per_second", self.per_second)
        if not self.bounds:
            raise templates.refused("bounds are missing")
        for bound in self.bounds:
            templates.positive("bounds", bound)

    def asked(self, release: str, instance: str) -> Iterator[Asked]:
        """Everything that has to be known of one instance."""
        whose = (release, instance)
        yield Asked(self.latency, "SampleCount", *whose, Amounts.add_requests)
        yield Asked(self.errors, "Sum", *whose, Amounts.add_errors)
        for bound in self.bounds:
            stat = f"TC(:{templates.plain(bound * self.per_second)})"
            yield Asked(self.latency, stat, *whose, partial(_add_latency, bound))
        for name, metric in self.counters.items():
            yield Asked(metric, "Sum", *whose, partial(_add_counter, name))

    def query(
        self, name: str, asked: Asked, fixed: Mapping[str, str], seconds: int
    ) -> dict[str, Any]:
        """What is sent for it, by ``name``; ``fixed`` are the other dimensions."""
        has = {**fixed, self.release: asked.release}
        if asked.instance:
            has[self.instance] = asked.instance
        metric = {
            "Namespace": self.namespace,
            "MetricName": asked.metric,
            "Dimensions": [{"Name": each, "Value": value} for each, value in has.items()],
        }
        stat = {"Metric": metric, "Period": seconds, "Stat": asked.stat}
        return {"Id": name, "MetricStat": stat}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: a metric's statistic of an instance, and how its values are added up."""

    metric: str
    stat: str
    release: str
    instance: str
    add: Callable[[Amounts, Key, float], None]


def _add_latency(bound: float, amounts: Amounts, key: Key, value: float) -> None:
    amounts.add_latency(key, bound, value)


def _add_counter(name: str, amounts: Amounts, key: Key, value: float) -> None:
    amounts.add_counter(key, name, value)
