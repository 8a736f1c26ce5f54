"""A process that serves and is not heard: nobody is promoted past it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.deploy.canary.scene import FAST, Scene
from zdt_core.database import Now
from zdt_core.fleet.models import Process
from zdt_core.metering.samples import Sample
from zdt_deploy.canary import unheard
from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.canary.watch import Watch

pytestmark = pytest.mark.django_db
REPORTS = {"metering_reports_for": 3600.0}
STEPS = [{"percentage": 25, "bake_seconds": 60}, {"percentage": 100, "bake_seconds": 60}]


@pytest.fixture
def scene():
    scene = Scene(minimum_sample=100, patience_seconds=120, steps=STEPS)
    scene.traffic.tells_of_each = True
    scene.process("2.0", "mute", facts=REPORTS)
    scene.arrive()
    return scene


def test_a_live_process_that_tells_nothing_withholds_the_promotion_and_is_named(scene):
    scene.minutes(2)
    assert (scene.share.percentage, scene.state) == (25, "observing")
    assert (scene.last.outcome, scene.last.code) == ("waiting", "instances_unheard")
    assert scene.last.params == {"seconds": 60, "count": 1, "instances": "mute (2.0)"}

    scene.minutes(12)
    assert (scene.share.percentage, scene.state) == (25, "held")  # and nobody went back for it

    Process.objects.filter(pk="mute").update(left_at=Now())
    scene.minutes(2)
    assert scene.share.percentage == 100


@pytest.mark.parametrize(
    "facts",
    [
        {"facts": {}},  # it has served nobody yet
        {"facts": {"metering_reports_for": 20}},  # and this one only lately
        {"facts": {"metering_reports_for": "long"}},
        {"draining": True},
        {"left_at": Now()},
        {"release": "1.9"},
        {"service": "other"},
        {"seen_at": Now() - timedelta(hours=1)},  # dead, or on its way there
    ],
)
def test_whoever_need_not_be_heard_is_not_waited_for(scene, facts):
    Process.objects.filter(pk="mute").update(**facts)
    assert not missing(scene)


def test_whoever_reports_zeros_is_heard(scene, monkeypatch):
    told = scene.traffic.samples

    def samples(environment, service, first, last):
        yield from told(environment, service, first, last)
        yield from (Sample(window, 10, "2.0", "mute") for window in range(first, last + 1, 10))

    monkeypatch.setattr(scene.traffic, "samples", samples)
    scene.minutes(2)
    assert scene.share.percentage == 100


def test_in_a_region_only_its_own_processes_are_waited_for(scene):
    assert missing(scene) == ["mute (2.0)"]
    assert missing(scene, region="default") == ["mute (2.0)"]
    assert missing(scene, region="eu") == []


def missing(scene, **narrower):
    watch, traffic = Watch.peek(scene.id), scene.traffic
    ahead = traffic.now - watch.now.timestamp()
    question = watch.question(traffic.clock(), ahead, traffic.clock().until)
    verdict = Verdict(Outcome.OK, "canary_within_limits")
    found = unheard.heed(verdict, replace(question, **narrower), traffic.now)
    return [name for name in found.params.get("instances", "").split(", ") if name]


def test_what_a_failing_process_hands_in_late_is_counted(monkeypatch):
    scene = Scene(minimum_sample=100, steps=STEPS)
    told = scene.traffic.samples

    def samples(environment, service, first, last):
        yield from told(environment, service, first, last)
        for window in range(first, min(last, int(scene.traffic.now) - 50) + 1, 10):
            yield Sample(window, 10, "2.0", "late", 200, 200, latency={FAST: 200})

    monkeypatch.setattr(scene.traffic, "samples", samples)
    scene.traffic.late_seconds = 120
    scene.arrive()
    for _ in range(12):
        scene.pass_time(10)
        if scene.state == "observing":
            scene.tick()
    assert scene.state == "rolling_back"
