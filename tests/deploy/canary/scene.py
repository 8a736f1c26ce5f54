"""A deployment under way, with traffic that is made up and time that is moved by hand.

The database's rows are moved into the past and the source's clock into the future by the same
amount, so that nothing sleeps.
"""

import time
from datetime import timedelta

from django.db.models import F

from tests.deploy.canary.slices import take
from zdt_core import messages
from zdt_core.database import Now
from zdt_core.events import Actor
from zdt_core.exceptions import Unavailable
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_core.metering import histogram
from zdt_core.metering.samples import Sample
from zdt_deploy.canary import monitor, rollback
from zdt_deploy.canary.models import TrafficShare, Verdict
from zdt_deploy.canary.sources import Clock, Source
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan

PERSON = Actor("user", "ada")
FAST, SLOW = histogram.bucket(60), histogram.bucket(600)


class Traffic(Source):
    """Requests per window and release, from now on until changed; windows of ten seconds."""

    def __init__(self, instances="of"):
        self.away, self.history, self.instances = False, [], instances
        self._began, self._moved = time.monotonic(), 1_000_000.0

    @property
    def now(self):
        """It goes on while a test runs, as the database's clock does."""
        return self._moved + time.monotonic() - self._began

    def pass_time(self, seconds):
        self._moved += seconds

    def set(self, release, requests, errors=0, *, slow=0, counters=None, problem=""):
        sample = {
            "requests": requests, "errors": errors, "counters": counters or {}, "problem": problem,
            "latency": {b: n for b, n in ((FAST, requests - slow), (SLOW, slow)) if n},
        }  # fmt: skip
        self.history.append((self.now, release, sample))

    def clock(self):
        if self.away:
            raise Unavailable("Redis did not answer")
        return Clock(self.now, (int(self.now) // 10 - 1) * 10, 10)

    def samples(self, environment, service, first, last):
        if self.away:
            raise Unavailable("Redis did not answer")
        for window in range(first, last + 1, 10):
            current = {release: s for since, release, s in self.history if since <= window + 5}
            for release, sample in current.items():
                yield Sample(window, 10, release, f"{self.instances}-{release}", **sample)


class Scene:
    """``plan`` are the fields that differ from the default plan, judged by limits alone."""

    def __init__(self, strategy="canary", **plan):
        self.traffic = Traffic()
        self.traffic.set("1.0", 900, 9)
        for release in ("1.0", "2.0"):
            self.process(release)
        self.pass_time(1800)
        self.id = machine.start(
            version="2.0", environment="test", service="shop", strategy=strategy,
            plan=Plan.default(strategy).changed({"judge": "thresholds", **plan}),
            actor=PERSON, previous_version="1.0",
        ).pk  # fmt: skip
        self.traffic.set("2.0", 200, 2)

    def process(self, release, instance=None, **facts):
        return Process.objects.create(
            instance=instance or f"of-{release}", role="web", release=release, service="shop",
            environment="test", region="default", host="here", pid=1, **facts,
        )  # fmt: skip

    # ---- time ----

    def pass_time(self, seconds):
        """Everything that happened is ``seconds`` longer ago."""
        self.traffic.pass_time(seconds)
        Process.objects.update(seen_at=Now())
        past = timedelta(seconds=seconds)
        for model, names in (
            (Deployment, ("step_since", "state_since", "started_at", "created_at")),
            (TrafficShare, ("valid_until", "changed_at")),
            (Verdict, ("at",)),
        ):
            model.objects.update(**{name: F(name) - past for name in names})

    def follow(self):
        """Every process acknowledges the share."""
        Process.objects.update(acknowledged={"share:shop": self.share.epoch})

    # ---- acts ----

    def tick(self):
        """One slice of the monitor, due or not; whatever it found has its sentence."""
        then = monitor.tick(take(monitor.KIND, self.id), self.traffic)
        deployment = self.deployment
        for told in (self.last, deployment):
            assert "unknown)" not in messages.text(told.code, told.params)
            assert not told.code or messages.text(told.code).partition(" ")[0] != told.code
        return then

    def minutes(self, count):
        """Time passes, and the monitor judges each minute while it has a run."""
        for _ in range(count):
            self.pass_time(60)
            if self.run().state == Run.State.READY:
                self.tick()

    def arrive(self):
        """The routers follow, and the monitor sees it."""
        self.follow()
        self.tick()

    def go_back(self):
        """One slice of the rollback."""
        return rollback.go_back(take(rollback.KIND, self.id))

    def act(self, name, **given):
        return getattr(machine, name)(self.id, actor=PERSON, **given)

    # ---- what is so now ----

    @property
    def deployment(self):
        return Deployment.objects.get(pk=self.id)

    @property
    def state(self):
        return self.deployment.state

    @property
    def share(self):
        return TrafficShare.objects.get(service="shop", environment="test")

    @property
    def verdicts(self):
        """Oldest first."""
        return list(Verdict.objects.filter(deployment=self.id).order_by("slot"))

    @property
    def last(self):
        return self.verdicts[-1]

    def run(self, kind=monitor.KIND):
        return Run.objects.filter(kind=kind, key=self.id).latest("id")
