"""A canary that has users and verdicts, and a drill of it, slice by slice."""

from datetime import timedelta

from django.db.models import F

from tests.deploy.canary.scene import PERSON, Scene, Traffic
from tests.deploy.canary.slices import take
from tests.deploy.factories import (
    DeploymentFactory,
    DrillFactory,
    TrafficShareFactory,
    VerdictFactory,
)
from zdt_core import database, jobs
from zdt_core.events import Event
from zdt_deploy.canary import ingest
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.drills import operations, rehearsing
from zdt_deploy.drills.models import Drill

TIMES = ("begins_at", "called_at", "decided_at", "zero_at", "stable_at")


class Stage(Scene):
    """It is observed since a minute, without that a monitor had to look at each of its windows."""

    def __init__(self):
        self.traffic = Traffic()
        for release in ("1.0", "2.0"):
            self.process(release)
        self.id = DeploymentFactory().pk
        TrafficShareFactory(deployment_id=self.id)
        self.traffic.set("1.0", 900, 9)
        self.traffic.set("2.0", 200, 2)
        self.follow()
        self.be_watched()

    def be_watched(self):
        """A minute passes, and the monitor sees it well."""
        self.pass_time(60)
        clock = self.traffic.clock()
        samples = self.traffic.samples("test", "shop", clock.newest - 50, clock.newest)
        ingest.store("test", "shop", clock.seconds, samples)
        VerdictFactory(deployment=self.deployment, outcome="ok", code="canary_within_limits")

    def pass_time(self, seconds):
        super().pass_time(seconds)
        past = timedelta(seconds=seconds)
        Drill.objects.update(**{name: F(name) - past for name in TIMES})
        Deployment.objects.update(finished_at=F("finished_at") - past)

    # ---- acts ----

    def start(self, **said):
        return operations.start(self.id, actor=PERSON, **said)

    def send_back(self, state="rolled_back"):
        """Put there what a drill and its rollback leave behind, without taking that way."""
        facts = {"state": state, "code": rehearsing.ROLLS_BACK, "params": {"drill": 1, "who": "a"}}
        Deployment.objects.filter(pk=self.id).update(**facts, finished_at=database.Now())
        row = DrillFactory(
            deployment=self.deployment, state="returning", code="", params={}, zero_at=None,
            called_at=database.Now() - timedelta(seconds=1), stable_at=None, finished_at=None,
        )  # fmt: skip
        jobs.start(operations.KIND, row.pk)

    def slice(self):
        """One slice of the drill."""
        return rehearsing.rehearse(take(operations.KIND, str(self.drill.pk)), self.traffic)

    def decide(self):
        """A worker rolls it back, and the new release gets no requests any more."""
        self.slice()
        self.traffic.set("2.0", 0)

    def finish(self):
        """Every router follows, and the rollback is through."""
        self.follow()
        self.slice()
        self.go_back()

    def fall_silent(self):
        """Metrics reach far enough to tell."""
        self.pass_time(100)
        self.slice()

    # ---- what is so now ----

    @property
    def drill(self):
        return Drill.objects.latest("id")

    def told(self):
        """The kinds of events about drills, oldest first."""
        rows = Event.objects.filter(kind__startswith="drill.", refused=False)
        return list(rows.order_by("id").values_list("kind", flat=True))
