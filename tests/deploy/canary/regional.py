"""A deployment from the region "default", whose worker judges, to "eu", whose ticker copies."""

from datetime import datetime, timedelta

from django.db.models import F
from django.test import override_settings

from tests.deploy.canary.scene import Scene, Traffic
from zdt_core.fleet.models import Process
from zdt_deploy.canary import regions
from zdt_deploy.canary.models import MetricWindow, Reach
from zdt_deploy.deployments.models import Deployment

STEPS = [
    {"region": "default", "percentage": 20, "bake_seconds": 300},
    {"region": "eu", "percentage": 20, "bake_seconds": 300},
    {"percentage": 100, "bake_seconds": 300},
]


class Regional(Scene):
    """``plan`` are the fields that differ from those of two regions with five minutes each."""

    def __init__(self, **plan):
        self.there, self.copies = Traffic("eu"), True
        self.there.set("1.0", 900, 9)
        for release in ("1.0", "2.0"):
            self.process(release, f"eu-{release}", region="eu")
        super().__init__("regional", **{"steps": STEPS, "patience_seconds": 300, **plan})
        self.there.set("2.0", 200, 2)

    def process(self, release, instance=None, region="default"):
        made = super().process(release, instance)
        Process.objects.filter(pk=made.pk).update(region=region)
        return made

    def pass_time(self, seconds):
        super().pass_time(seconds)
        self.there.pass_time(seconds)
        Reach.objects.update(ahead=F("ahead") + seconds)  # of a clock that does not move
        for row in Deployment.objects.exclude(regions={}):
            for facts in row.regions.values():
                if "since" in facts:
                    since = datetime.fromisoformat(facts["since"]) - timedelta(seconds=seconds)
                    facts["since"] = since.isoformat()
            Deployment.objects.filter(pk=row.pk).update(regions=row.regions)

    def copy(self):
        """A turn of the ticker in eu."""
        with override_settings(ZDT_REGION="eu"):
            regions.take_in(self.there)

    def tick(self):
        if self.copies:
            self.copy()
        return super().tick()

    def enter(self):
        """A person sends it on to the second region, whose routers follow."""
        self.act("advance", reason="figures are good")
        self.arrive()

    @property
    def shares(self):
        return {region: int(share) for region, share in self.share.shares().items()}

    def windows(self, region):
        return MetricWindow.objects.filter(region=region)
