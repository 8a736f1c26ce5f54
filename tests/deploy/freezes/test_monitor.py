"""What an emergency spares a deployment that is watched, and what it does not."""

from contextlib import contextmanager
from copy import deepcopy

import pytest
from django.db import connection

from tests.deploy.canary.scene import Scene
from tests.deploy.factories import FreezeFactory
from zdt_core.notify.models import Notification
from zdt_deploy.canary.models import Verdict
from zdt_deploy.deployments import sentences
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State
from zdt_deploy.freezes import emergencies

pytestmark = pytest.mark.django_db


STEPS = [{"percentage": share, "bake_seconds": 300} for share in (5, 25, 100)]


@pytest.fixture
def scene():
    scene = Scene(steps=STEPS)
    scene.arrive()
    return scene


@pytest.fixture
def hurry(ada, bob):
    def hurry(scene):
        emergencies.request(scene.id, ada, reason="checkout fails")
        emergencies.approve(scene.id, bob)

    return hurry


@contextmanager
def undone(scene):
    """What happens within never happened to the scene."""
    before = connection.savepoint()
    yield deepcopy(scene)
    connection.savepoint_rollback(before)


def bad(**release):
    return lambda scene: scene.traffic.set("2.0", 200, **{"errors": 0, **release})


def silent(scene):
    scene.traffic.set("2.0", 0)


def away(scene):
    scene.traffic.away = True


def few(scene):
    """The plan asks for more requests than there are."""
    plan = {**scene.deployment.plan, "minimum_sample": 50_000}
    Deployment.objects.filter(pk=scene.id).update(plan=plan)


ENDS = (
    (bad(errors=40), State.ROLLING_BACK, "breach"),
    (bad(slow=100), State.ROLLING_BACK, "breach"),
    (silent, State.ROLLING_BACK, "silent"),
    (away, State.HELD, "blind"),
    (few, State.OBSERVING, "waiting"),
)


def test_the_next_step_comes_as_soon_as_the_monitor_agrees_and_limits_hold_as_ever(scene, hurry):
    scene.minutes(1)
    assert (scene.state, scene.deployment.step) == (State.OBSERVING, 0)
    hurry(scene)
    assert "next: 25 % when the monitor agrees" in sentences.describe(scene.deployment)
    for happens, state, outcome in ENDS:
        with undone(scene) as twin:
            happens(twin)
            twin.minutes(1)
            assert (twin.state, twin.last.outcome) == (state, outcome)
            assert twin.deployment.step == 0

    scene.minutes(1)

    assert (scene.state, scene.deployment.step) == (State.SHIFTING, 1)
    assert scene.last.outcome == "ok"


@pytest.mark.long
def test_the_watch_at_everyone_and_the_way_back_stay(hurry):
    scene = Scene(steps=[{"percentage": s, "bake_seconds": 1800} for s in (50, 100)])
    scene.arrive()
    hurry(scene)
    scene.minutes(6)
    assert scene.state == State.BAKING
    assert scene.deployment.window_until is not None

    scene.minutes(3)
    assert scene.run().state == "ready"
    scene.traffic.set("2.0", 1100, 200)
    scene.minutes(2)
    assert scene.state == State.ROLLING_BACK


@pytest.mark.long
def test_a_freeze_holds_the_share_under_watch_and_lets_it_go_on_afterwards(scene):
    freeze = FreezeFactory(name="weekend")
    scene.minutes(7)
    assert (scene.state, scene.deployment.step) == (State.OBSERVING, 0)
    assert scene.last.evidence["refused"]["code"] == "frozen_until_ended"
    told = Notification.objects.filter(kind="deployment.not_advanced")
    assert [row.action for row in told] == ["opened"]

    freeze.delete()
    scene.minutes(1)
    assert scene.deployment.step == 1
    assert Verdict.objects.filter(outcome="breach").count() == 0


def test_during_a_freeze_a_bad_release_goes_back_and_an_emergency_goes_on(scene, hurry):
    FreezeFactory()
    with undone(scene) as twin:
        bad(errors=40)(twin)
        twin.minutes(1)
        assert twin.state == State.ROLLING_BACK

    scene.minutes(1)
    hurry(scene)
    scene.minutes(1)

    assert scene.deployment.step == 1
