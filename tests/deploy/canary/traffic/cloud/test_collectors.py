import pytest

from tests.deploy.canary.traffic.cloud import pretend
from tests.deploy.canary.traffic.cloud.test_applying import (  # noqa: F401
    balancer,
    later,
    look,
    scene,
)
from zdt_deploy.canary.traffic.cloud import collectors

pytestmark = pytest.mark.django_db


def figures(settings):
    settings.ZDT_CANARY_SERVICE = "shop"
    return {name: points[0].value for name, points in collectors.balancers().items() if points}


def test_without_balancers_nothing_is_shown(settings):
    assert figures(settings) == {}


def test_how_far_a_balancer_is_and_since_when_it_fails(scene, balancer, settings):  # noqa: F811
    look()
    assert figures(settings)["zdt_balancer_failing_seconds"] == 0
    balancer.trouble, balancer.does = pretend.denied(), None
    look()
    later(60)
    assert figures(settings)["zdt_balancer_failing_seconds"] >= 60
    assert figures(settings)["zdt_balancer_look_age_seconds"] < 60
