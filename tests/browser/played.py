"""Deployments that the machine and the monitor took somewhere, with traffic that is made up.

So pages show what really comes about. Time alone is moved by hand: what happened moves into the
past, and the clock that counts windows, which begins behind, comes to the present.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.urls import reverse

from tests.core.factories import ProcessFactory
from tests.deploy.canary.scene import Scene, Traffic
from zdt_core.database import Now
from zdt_core.events import Actor, Event
from zdt_core.fleet.models import Process
from zdt_core.metering import histogram
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.models import TrafficShare, Verdict
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan, parse_steps

BEFORE_SECONDS = 1800
HOSTS = ("web-1", "web-2")
OLGA = Actor("user", "olga")
PRODUCTION = "production"


class Crowd(Traffic):
    """What two machines of a release answer: requests per window, the share that fails, and how
    much slower than usual."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._moved = self._first = time.time() - seconds

    def set(self, release: str, requests: int, errors: float = 0.004, slower: float = 1.0) -> None:
        self.history.append((self.now, release, (requests, errors, slower)))

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterator[Sample]:
        for window in range(first, last + 1, 10):
            known = {release: facts for since, release, facts in self.history if since <= window}
            for release, facts in known.items():
                for host in HOSTS:
                    chance = random.Random(f"{int(window - self._first) // 10} {host} {release}")
                    yield _sample(chance, window, release, f"{host}-{release}", *facts)


def _sample(
    chance: random.Random,
    window: int,
    release: str,
    instance: str,
    requests: int,
    errors: float,
    slower: float,
) -> Sample:
    number = int(requests / len(HOSTS) * (0.9 + 0.2 * chance.random()))
    later = histogram.bucket(slower)
    latency = Counter(bucket + later for bucket in chance.choices(_USUAL, k=number))
    failed = max(0, round(chance.gauss(number * errors, math.sqrt(number * errors))))
    return Sample(window, 10, release, instance, number, failed, latency=dict(latency))


_chance = random.Random(17)
_USUAL = [histogram.bucket(_chance.lognormvariate(3.75, 0.7)) for _ in range(5000)]


class Played(Scene):
    """1.9.0 of ``service`` beside 1.8.2, for so many ``minutes`` from the start on."""

    def __init__(
        self,
        service: str,
        strategy: str = "canary",
        *,
        minutes: int,
        requests: int = 600,
        **plan: Any,
    ) -> None:
        self.service, self.left = service, 60.0 * minutes + BEFORE_SECONDS
        self.traffic, self.requests = Crowd(self.left), requests
        self.traffic.set("1.8.2", requests)
        for release in ("1.8.2", "1.9.0"):
            for host in HOSTS:
                self.process(release, host)
        self.pass_time(BEFORE_SECONDS)
        rules = replace(Plan.default(strategy), **plan)
        self.id = machine.start(
            version="1.9.0", environment=PRODUCTION, service=service, strategy=strategy, plan=rules,
            actor=OLGA, previous_version="1.8.2", reason="faster ranking",
        ).pk  # fmt: skip
        self.tick()

    def split(self, percentage: float, **facts: float) -> None:
        """Routers follow: so many percent of the requests are the new release's."""
        canary = int(self.requests * percentage / 100)
        self.traffic.set("1.9.0", canary, **facts)
        self.traffic.set("1.8.2", self.requests - canary)
        self.follow()

    def process(self, release: str, host: str) -> None:
        at = {"service": self.service, "environment": PRODUCTION}
        ProcessFactory(release=release, host=host, **at)

    def pass_time(self, seconds: float) -> None:
        self.left -= seconds
        self.traffic.pass_time(seconds)
        ours, past = {"service": self.service}, timedelta(seconds=seconds)
        Process.objects.filter(**ours).update(seen_at=Now(), joined_at=F("joined_at") - past)
        for model, chosen, names in (
            (Deployment, ours, _TIMES),
            (TrafficShare, ours, ("valid_until", "changed_at")),
            (Event, ours, ("at",)),
            (Verdict, {"deployment__service": self.service}, ("at",)),
        ):
            times = {name: F(name) - past for name in names}
            model.objects.filter(**chosen).update(**times)

    def follow(self) -> None:
        epoch = {f"share:{self.service}": self.share.epoch}
        Process.objects.filter(service=self.service).update(acknowledged=epoch)

    @property
    def share(self) -> TrafficShare:
        return TrafficShare.objects.get(service=self.service)

    def at(self, state: str) -> str:
        """The page's address, once all minutes have passed and it is in the ``state``."""
        assert (self.state, self.left) == (state, 0), f"{self.service} is {self.state}: {self.last}"
        return reverse("admin:zdt_deploy_deployment_change", args=(self.id,))


_TIMES = (
    "created_at", "started_at", "step_since", "state_since", "promoted_at", "window_until",
    "finished_at",
)  # fmt: skip


def tell() -> dict[str, Any]:
    """The addresses, by what has become of it."""
    played = {
        "gathering evidence": _gathering(),
        "surely worse": _surely_worse(),
        "everyone at once": _everyone_at_once(),
    }
    return {"played": {f"deployment, {name}": url for name, url in played.items()}}


def _gathering() -> str:
    """At 25 % after a pause; the judge is not sure yet."""
    scene = Played("basket", minutes=17, requests=400, false_rollback=0.0001)
    scene.split(5)
    scene.minutes(5)
    scene.act("pause", reason="support asks about receipts")
    scene.minutes(2)
    scene.act("resume", reason="an old question, not ours")
    scene.follow()
    scene.minutes(4)
    scene.act("advance", reason="no complaints")
    scene.split(25)
    scene.minutes(6)
    return scene.at("observing")


def _surely_worse() -> str:
    """Within every limit, and back all the same."""
    scene = Played("ranking", minutes=30)
    scene.split(5, slower=1.8)
    while scene.state in ("shifting", "observing"):
        scene.minutes(1)
    scene.follow()
    scene.go_back()
    scene.pass_time(scene.left)
    return scene.at("rolled_back")


def _everyone_at_once() -> str:
    """Blue-green; the way back is open."""
    scene = Played("invoices", "blue_green", minutes=8, steps=parse_steps("100:5m"))
    scene.split(100)
    scene.minutes(8)
    return scene.at("baking")
