"""Whoever sees that the share has lapsed takes the canary out."""

import pytest
from django.db import OperationalError

from tests.deploy.canary.scene import Scene
from tests.deploy.canary.traffic.cloud import pretend
from tests.deploy.canary.traffic.cloud.test_applying import balancer, events, row  # noqa: F401
from zdt_core import database, fast_copy, fleet
from zdt_deploy.canary import share
from zdt_deploy.canary.router import Router
from zdt_deploy.canary.traffic.base import wanted
from zdt_deploy.canary.traffic.cloud import applying, switch

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(balancer, settings, monkeypatch):  # noqa: F811
    """5 % on the canary by the balancer's own word, and this process knows it."""
    settings.ZDT_TRAFFIC = {"edge": {**pretend.SETTING["edge"], "SERVICE": "shop"}}
    settings.ZDT_CANARY_SERVICE = "shop"
    scene = Scene()
    monkeypatch.setattr(fleet, "joined", lambda: True)
    monkeypatch.setattr(switch, "router", Router(lambda *_: None, share.read_truth))
    switch.router.look_at_truth()
    balancer.does = wanted(switch.router.current())
    fast_copy.client().flushdb()
    yield scene
    fast_copy.client().flushdb()


@pytest.fixture
def lapsed(scene):
    scene.pass_time(181)
    switch.router.look_at_truth()
    return scene


def test_while_the_share_holds_nobody_is_asked(scene, balancer, django_assert_num_queries):  # noqa: F811
    with django_assert_num_queries(0, using=database.alias()):
        switch.look()
    assert balancer.does.threshold == 5_000


def test_a_lapsed_share_is_taken_out_and_put_on_record(lapsed, balancer):  # noqa: F811
    switch.look()
    assert balancer.does.threshold == 0
    assert row().shut
    assert events() == ["traffic.shut"]


def test_one_process_of_the_fleet_does_it(lapsed, balancer):  # noqa: F811
    switch.look()
    balancer.does = wanted(lapsed_route())
    switch.look()
    assert balancer.does.threshold == 5_000, "its turn comes in ten seconds"


def lapsed_route():
    return share.Route.of(stable="1.0", canary="2.0", percentage=5, epoch=1)


def test_one_that_was_renewed_meanwhile_stays(lapsed, balancer):  # noqa: F811
    lapsed.pass_time(-181)
    switch.look()
    assert balancer.does.threshold == 5_000


def test_without_postgresql_redis_says_whose_turn_it_is(lapsed, balancer, monkeypatch):  # noqa: F811
    monkeypatch.setattr(switch.leases, "take_turn", away)
    switch.look()
    assert balancer.does.threshold == 0
    balancer.does = wanted(lapsed_route())
    switch.look()
    assert balancer.does.threshold == 5_000


def test_without_both_everybody_tries(lapsed, balancer, monkeypatch):  # noqa: F811
    monkeypatch.setattr(switch.leases, "take_turn", away)

    def redis_away(*args, **kwargs):
        raise fast_copy.Error("away")

    monkeypatch.setattr(fast_copy.client(), "set", redis_away)
    switch.look()
    assert balancer.does.threshold == 0


def test_a_process_that_has_not_joined_the_fleet_leaves_it_alone(lapsed, balancer, monkeypatch):  # noqa: F811
    monkeypatch.setattr(fleet, "joined", lambda: False)
    switch.look()
    assert balancer.does.threshold == 5_000


def test_what_cannot_be_taken_out_is_said(lapsed, balancer, caplog):  # noqa: F811
    balancer.trouble = pretend.denied()
    switch.look()
    assert "the canary is still there" in caplog.text
    assert row().code == "balancer_denied"


def test_the_run_and_the_switch_agree_on_what_lapsed_means(lapsed):
    truth = share.read_truth("test", "shop")
    assert applying.Aim.of(truth).lapsed


def away(*args):
    raise OperationalError("the server closed the connection")
