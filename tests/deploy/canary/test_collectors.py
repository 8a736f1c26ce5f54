"""Shares, deployments and verdicts as GET /zdt/metrics shows them."""

import pytest

from tests.deploy.canary.scene import Scene
from zdt_core import database
from zdt_core.fleet.models import Process
from zdt_deploy.canary import collectors
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(settings):
    settings.ZDT_SERVICE = "shop"


@pytest.fixture
def scene():
    scene = Scene()
    scene.arrive()
    return scene


def values(collect, name):
    return {point.labels[2:]: point.value for point in collect()[name]}


def test_nothing_is_shown_before_anything_was_published():
    assert collectors.traffic() == {}
    assert collectors.verdicts() == {}
    assert set(collectors.deployment()) == {"zdt_deployment_moves_total"}


def test_shares_add_up_to_all(scene):
    assert values(collectors.traffic, "zdt_traffic_share_ratio") == {
        ("1.0", "stable"): 0.95, ("2.0", "canary"): 0.05,
    }  # fmt: skip
    (lasts,) = collectors.traffic()["zdt_traffic_share_valid_seconds"]
    assert 170 < lasts.value <= 180


def test_a_share_that_lapsed_sends_nobody_to_the_canary(scene):
    TrafficShare.objects.update(valid_until=database.Now())
    assert values(collectors.traffic, "zdt_traffic_share_ratio") == {
        ("1.0", "stable"): 1, ("2.0", "canary"): 0,
    }  # fmt: skip


def test_a_share_that_holds_has_no_end(scene):
    TrafficShare.objects.update(valid_until=None, percentage=50)
    assert collectors.traffic()["zdt_traffic_share_valid_seconds"] == []
    assert values(collectors.traffic, "zdt_traffic_share_ratio")[("2.0", "canary")] == 0.5


def test_a_process_that_lags_is_shown_and_one_that_does_not_route_is_not(scene):
    Process.objects.filter(release="2.0").update(acknowledged={"share:shop": 0})
    scene.process("1.0", "mute")
    scene.process("1.0", "proxy")
    Process.objects.filter(instance="proxy").update(role="router")
    assert values(collectors.traffic, "zdt_router_epoch_lag") == {
        ("1.0", "of-1.0"): 0, ("2.0", "of-2.0"): 1, ("1.0", "proxy"): 1,
    }  # fmt: skip


def test_exactly_one_state_is_on(scene):
    found = values(collectors.deployment, "zdt_deployment_state")
    assert {labels[2]: value for labels, value in found.items() if value} == {"observing": 1}
    assert len(found) == len(State)
    (seconds,) = collectors.deployment()["zdt_deployment_state_seconds"]
    assert 0 <= seconds.value < 60
    (info,) = collectors.deployment()["zdt_deployment_info"]
    assert info.labels == ("test", "shop", scene.id, "2.0", "1.0", "canary")


def test_moves_are_counted_over_all_deployments(scene):
    scene.act("roll_back", reason="flood")
    found = values(collectors.deployment, "zdt_deployment_moves_total")
    assert found[("rolled_back",)] == 1
    assert found[("started",)] == 1
    assert found[("got_stuck",)] == 0


def test_verdicts_are_counted_by_outcome_with_the_slots_nobody_judged(scene):
    scene.minutes(1)
    scene.pass_time(180)
    scene.traffic.away = True
    scene.minutes(1)
    found = {k[2]: v for k, v in values(collectors.verdicts, "zdt_verdicts_total").items()}
    assert found["blind"] == 1
    assert found["missed"] == 3
    assert found["breach"] == 0


def test_the_age_of_the_newest_verdict_is_told(scene):
    scene.minutes(1)
    scene.pass_time(40)
    (age,) = collectors.verdicts()["zdt_verdict_age_seconds"]
    assert 40 <= age.value < 50


def test_a_verdict_that_was_refused_is_counted(scene):
    scene.minutes(1)
    row = scene.last
    row.evidence["refused"] = {"code": "x", "params": {}}
    row.save()
    (refused,) = collectors.verdicts()["zdt_verdicts_refused_total"]
    assert refused.value == 1


def test_the_age_of_a_verdict_is_told_only_while_it_is_watched(scene):
    scene.act("roll_back", reason="flood")
    assert collectors.verdicts()["zdt_verdict_age_seconds"] == []


def test_another_service_shows_nothing_of_it(scene, settings):
    settings.ZDT_SERVICE = "other"
    assert collectors.traffic() == {}
    assert set(values(collectors.deployment, "zdt_deployment_moves_total").values()) == {0}
