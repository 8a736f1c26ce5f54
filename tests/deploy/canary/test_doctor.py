"""What the doctor says of deployments and of the published share."""

from datetime import timedelta

import pytest

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, PlanFactory, VerdictFactory
from zdt_core import database
from zdt_core.doctor import rounds
from zdt_core.jobs.models import Run
from zdt_deploy.canary.models import TrafficShare

pytestmark = pytest.mark.django_db


def found(*, quick=True):
    return {one.code or one.area: one for one in rounds.findings(quick=quick)}


def share(**facts):
    given = {
        "service": "shop", "environment": "test", "stable_release": "1.0", "canary_release": "2.0",
        "percentage": 5, "epoch": 3, "valid_until": database.Now() + timedelta(seconds=60),
    }  # fmt: skip
    return TrafficShare.objects.create(**given | facts)


def test_nothing_under_way_is_well():
    DeploymentFactory(completed=True), DeploymentFactory(environment="staging")
    told = found()

    assert told["deployments"].text == "No deployment is under way"
    assert "everyone is on stable" in told["traffic"].text


def test_one_that_was_judged_lately_is_watched():
    row = DeploymentFactory.aged(3600)
    VerdictFactory(deployment=row, slot=59)
    told = found()

    assert told["deployments"].standing == "ok"
    assert "5 % of users are on 2.0" in told["deployments"].text
    assert "unwatched" not in told


def test_one_that_began_a_moment_ago_is_not_unwatched_yet():
    DeploymentFactory.aged(60)

    assert "unwatched" not in found()


def test_one_that_nobody_judges_is_wrong():
    row = DeploymentFactory.aged(3600)
    VerdictFactory(deployment=row, slot=3, at=database.Now() - timedelta(minutes=10))
    told = found()["unwatched"]

    assert told.text == "Nobody has judged 2.0 for 10 min."
    assert "zdt_worker" in told.cure
    assert "deployments" not in found()  # nothing says at once that it is watched


@pytest.mark.parametrize(("outcome", "told"), [("ok", None), ("waiting", "left_unjudged")])
def test_a_watch_that_is_over_is_no_alarm(outcome, told):
    row = DeploymentFactory(baking=True)
    VerdictFactory(
        deployment=row, outcome=outcome, slot=3, at=database.Now() - timedelta(minutes=10)
    )
    codes = found()

    assert "unwatched" not in codes
    assert ("left_unjudged" in codes) == (told is not None)


def test_a_watch_at_everyone_that_nobody_keeps_is_wrong():
    row = DeploymentFactory(baking=True)
    VerdictFactory(deployment=row, slot=3, at=database.Now() - timedelta(minutes=10))
    Run.objects.create(kind="canary.monitor", key=row.pk, queue="zdt-monitor")

    assert found()["unwatched"].standing == "wrong"


@pytest.mark.parametrize(
    ("trait", "standing"), [("stuck", "wrong"), ("held", "warning"), ("paused", "warning")]
)
def test_one_that_waits_for_a_person_says_so(trait, standing):
    DeploymentFactory(**{trait: True})

    assert found()[f"deployment_{trait}"].standing == standing


def test_a_share_that_lapsed_is_wrong():
    share(valid_until=database.Now() - timedelta(seconds=1))

    assert "routers went to 0 %" in found()["share_lapsed"].text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "shop: 5 % on 2.0"),
        ({"percentage": 100, "valid_until": None}, "shop: 100 % on 2.0"),
        ({"percentage": 0, "valid_until": None}, "shop: everyone is on 1.0"),
    ],
)
def test_a_share_that_holds_is_well(facts, text):
    share(**facts)

    assert found()["traffic"].text == text


def test_who_lags_behind_the_share_is_named():
    share()
    followed = ProcessFactory(acknowledged={"share:shop": 3})
    behind = ProcessFactory(acknowledged={"share:shop": 2})
    told = found(quick=False)["routers_behind"].text

    assert behind.instance in told
    assert followed.instance not in told


def test_a_proxy_that_does_not_follow_is_wrong_and_says_why():
    share()
    trouble = {"code": "proxy_refused", "params": {"proxy": "nginx at :8099", "answer": "no"}}
    ProcessFactory(role="router", host="edge-1", facts={"proxy": {"name": "x", "trouble": trouble}})
    told = found()["proxy_refused"]

    assert told.standing == "wrong"
    assert told.text == (
        "shop: a proxy on edge-1 does not follow its share. nginx at :8099 did not take the "
        "share: no."
    )


def test_a_stored_plan_that_cannot_be_used_is_named():
    PlanFactory(name="broken", fields={"nofield": 1})

    assert "The plan broken cannot be used" in found(quick=False)["zdt_deploy.E002"].text
