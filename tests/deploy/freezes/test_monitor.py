"""What an emergency spares a deployment that is watched, and what it does not."""

import pytest

from tests.deploy.canary.scene import Scene
from tests.deploy.factories import FreezeFactory
from zdt_core.notify.models import Notification
from zdt_deploy.canary.models import Verdict
from zdt_deploy.deployments import sentences
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


def test_the_next_step_comes_as_soon_as_the_monitor_agrees(scene, hurry):
    scene.minutes(2)
    assert (scene.state, scene.deployment.step) == (State.OBSERVING, 0)
    hurry(scene)
    assert "next: 25 % when the monitor agrees" in sentences.describe(scene.deployment)

    scene.minutes(1)

    assert (scene.state, scene.deployment.step) == (State.SHIFTING, 1)
    assert scene.last.outcome == "ok"


def test_it_takes_a_verdict_on_enough_requests_all_the_same(hurry):
    scene = Scene(steps=STEPS, minimum_sample=5000)
    scene.arrive()
    hurry(scene)
    scene.minutes(1)

    assert scene.last.outcome == "waiting"
    assert scene.deployment.step == 0


@pytest.mark.parametrize("release", [{"errors": 40}, {"slow": 100}])
def test_a_bad_release_goes_back_as_ever(scene, hurry, release):
    hurry(scene)
    scene.traffic.set("2.0", 200, **{"errors": 0, **release})
    scene.minutes(2)

    assert scene.state == State.ROLLING_BACK
    assert scene.last.outcome == "breach"


def test_a_silent_and_an_unwatched_one_go_back_as_ever(scene, hurry):
    hurry(scene)
    scene.traffic.set("2.0", 0)
    scene.minutes(2)

    assert scene.state == State.ROLLING_BACK
    assert scene.last.outcome == "silent"


def test_blindness_holds_it_as_ever(scene, hurry):
    hurry(scene)
    scene.traffic.away = True
    scene.minutes(1)

    assert scene.state == State.HELD


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


def test_during_a_freeze_a_bad_release_goes_back(scene):
    FreezeFactory()
    scene.traffic.set("2.0", 200, 40)
    scene.minutes(2)

    assert scene.state == State.ROLLING_BACK


def test_an_emergency_that_comes_later_frees_a_frozen_deployment(scene, hurry):
    FreezeFactory()
    scene.minutes(2)
    hurry(scene)
    scene.minutes(1)

    assert scene.deployment.step == 1
