"""Routers that do not fit a deployment keep it from starting, or from the next region."""

from datetime import timedelta

import pytest

from tests.deploy.canary.regional import Regional
from tests.deploy.canary.scene import Scene
from tests.deploy.canary.test_rolling import Rolling
from tests.deploy.canary.traffic.cloud import pretend
from zdt_core import database
from zdt_core.exceptions import Refused
from zdt_core.fleet.models import Process

pytestmark = pytest.mark.django_db
KNOWS_BOTH = {"name": "HAProxy at /run/zdt.sock", "releases": ["1.0", "2.0"]}
KNOWS_ONE = {**KNOWS_BOTH, "releases": ["1.0"]}


def router(told, region="default", service="shop", **facts):
    return Process.objects.create(
        instance=f"edge-{region}", role="router", release="1.0", service=service,
        environment="test", region=region, host="edge-1", pid=1, facts={"proxy": told}, **facts,
    )  # fmt: skip


def refusal(made):
    with pytest.raises(Refused) as found:
        made()
    return found.value


# ---- servers of the new release ----


def test_a_router_without_servers_of_the_new_release_refuses_the_start():
    router(KNOWS_ONE)
    found = refusal(Scene)
    assert found.code == "router_without_release"
    assert "HAProxy at /run/zdt.sock on edge-1 has no servers for 2.0 (it knows 1.0)" in str(found)


@pytest.mark.parametrize(
    ("told", "facts"),
    [
        (KNOWS_BOTH, {}),
        ({"name": "one that does not tell"}, {}),
        (KNOWS_ONE, {"service": "another"}),
        (KNOWS_ONE, {"left_at": database.Now()}),
    ],
    ids=["knows it", "does not tell", "another service's", "gone"],
)
def test_others_do_not(told, facts):
    router(told, **facts)
    Scene()


def test_a_region_is_entered_once_its_routers_know_the_release():
    router(KNOWS_ONE, "eu")
    scene = Regional()
    scene.follow()
    scene.arrive()
    scene.minutes(6)
    assert scene.deployment.step == 0
    assert scene.last.evidence["refused"]["code"] == "router_without_release"
    Process.objects.filter(role="router").update(facts={"proxy": KNOWS_BOTH})
    scene.minutes(1)
    assert scene.deployment.step == 1


# ---- an orchestrator that replaces processes ----


def test_a_proxy_that_splits_by_release_refuses_a_rolling_deployment():
    router(KNOWS_BOTH)
    found = refusal(Rolling)
    assert found.code == "rolling_behind_router"
    assert "HAProxy at /run/zdt.sock on edge-1" in str(found)


def test_so_does_a_silent_one():
    router(KNOWS_BOTH, seen_at=database.Now() - timedelta(seconds=60))
    assert refusal(Rolling).code == "rolling_behind_router"


def test_so_does_a_balancer_of_a_cloud(settings):
    settings.ZDT_TRAFFIC = {"edge": {**pretend.SETTING["edge"], "SERVICE": "shop"}}
    assert refusal(Rolling).params["routers"] == "edge"
    settings.ZDT_TRAFFIC = {"edge": {**pretend.SETTING["edge"], "SERVICE": "another"}}
    Process.objects.all().delete()
    Rolling()


# ---- regions ----


def test_a_balancer_that_names_no_region_refuses_a_regional_deployment(settings):
    settings.ZDT_TRAFFIC = {"edge": {**pretend.SETTING["edge"], "SERVICE": "shop"}}
    found = refusal(Regional)
    assert found.code == "balancer_without_region"
    assert "edge names none" in str(found)
    settings.ZDT_TRAFFIC["edge"]["REGION"] = "eu"
    Process.objects.all().delete()
    Regional()
