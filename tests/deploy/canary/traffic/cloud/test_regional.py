"""A balancer serves the users of one region, whichever region's worker asks it."""

import pytest
from django.db import OperationalError

from tests.deploy.canary.regional import STEPS, Regional
from tests.deploy.canary.traffic.cloud import pretend
from tests.deploy.canary.traffic.cloud.test_applying import balancer, look, row  # noqa: F401
from zdt_core import fast_copy, fleet
from zdt_core.database import Now
from zdt_deploy.canary import followers, share
from zdt_deploy.canary.models import BalancerState
from zdt_deploy.canary.router import Router
from zdt_deploy.canary.traffic.cloud import switch
from zdt_deploy.canary.traffic.cloud.jobs import keep_looking

pytestmark = pytest.mark.django_db
SHARES = [{**STEPS[0]}, {**STEPS[1], "percentage": 60}, STEPS[2]]


def serving(settings, region):
    settings.ZDT_TRAFFIC = {
        "edge": {**pretend.SETTING["edge"], "SERVICE": "shop", "REGION": region}
    }


@pytest.fixture
def scene(balancer, settings):  # noqa: F811
    """The worker is in "default", the balancer in "eu", and both regions have users by now."""
    serving(settings, "eu")
    scene = Regional(steps=SHARES)
    keep_looking()
    look()
    follow(scene)
    scene.act("advance", reason="figures are good")
    look()
    follow(scene)
    assert scene.deployment.step == 1
    return scene


def follow(scene):
    """The processes do; the balancer was asked just now."""
    BalancerState.objects.update(looked_at=Now())
    scene.arrive()


def test_it_gets_the_share_of_its_region_and_not_that_of_the_worker(scene, balancer):  # noqa: F811
    assert balancer.asked == ["0", "60"]
    assert row().percentage == 60


def test_only_its_own_region_waits_for_it(scene):
    assert "edge" in followers.of("test", "shop", scene.share.epoch, "eu").followed
    assert "edge" not in followers.of("test", "shop", scene.share.epoch, "default").followed


def test_one_that_names_no_region_any_more_stays_as_it_is_and_says_so(scene, balancer, settings):  # noqa: F811
    serving(settings, "")
    look()
    assert balancer.asked == ["0", "60"]
    assert row().code == "balancer_without_region"
    scene.act("roll_back", reason="no")
    look()
    assert (balancer.does.threshold, row().code) == (0, ""), "everywhere is everywhere"


@pytest.fixture
def lapsed(scene, settings, monkeypatch):
    """A process of "default", whose share has lapsed; that of "eu" holds."""
    settings.ZDT_CANARY_SERVICE = "shop"
    monkeypatch.setattr(fleet, "joined", lambda: True)
    monkeypatch.setattr(switch, "router", Router(lambda *_: None, share.read_truth))
    scene.pass_time(181)
    switch.router.look_at_truth()
    assert switch.router.left().valid_for == 0
    fast_copy.client().flushdb()
    yield scene
    fast_copy.client().flushdb()


def test_a_share_that_holds_there_stays_where_that_of_another_region_lapses(lapsed, balancer):  # noqa: F811
    switch.look()
    assert balancer.does.threshold == 60_000


def test_nor_is_it_guessed_where_postgresql_is_away(lapsed, balancer, monkeypatch):  # noqa: F811
    def away(*args):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(switch.leases, "take_turn", away)
    switch.look()
    assert balancer.does.threshold == 60_000
