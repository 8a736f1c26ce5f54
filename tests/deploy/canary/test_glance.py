"""Between two verdicts: a build that is broken goes back within seconds."""

import pytest

from tests.deploy.canary.scene import Scene
from zdt_core import messages
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db


def observed(**plan):
    scene = Scene(minimum_sample=100_000, **plan)
    scene.arrive()
    return scene


def seconds(scene, count):
    for _quarter in range(count // 15):
        if scene.state == State.OBSERVING:
            scene.pass_time(15)
            scene.tick()


@pytest.mark.parametrize("judge", ["sequential", "thresholds"])
def test_a_build_that_fails_each_time_goes_back_before_the_next_verdict(judge):
    scene = observed(judge=judge)
    scene.traffic.set("2.0", 10, 10)
    seconds(scene, 45)

    assert scene.state == State.ROLLING_BACK
    assert scene.deployment.code == "canary_broken"
    assert scene.last.evidence["breaker"]["evidence"] > scene.last.evidence["breaker"]["needed"]
    assert scene.last.evidence["canary"]["errors"] >= 10
    sentence = messages.text(scene.last.code, scene.last.params)
    assert "requests failed on the new release within a minute" in sentence


def test_it_is_found_in_a_later_minute_too():
    scene = observed()
    scene.minutes(3)
    scene.traffic.set("2.0", 10, 9)
    seconds(scene, 60)

    assert scene.deployment.code == "canary_broken"


@pytest.mark.parametrize("errors", [(0, 9), (3, 200), (18, 810)])
def test_what_is_not_broken_stays(errors):
    """Neither a good one, nor a bad one, nor one that fails with all the rest."""
    scene = observed()
    ours, theirs = errors
    scene.traffic.set("1.0", 900, theirs)
    scene.traffic.set("2.0", 20, ours)
    seconds(scene, 60)

    assert scene.state == State.OBSERVING


def test_a_plan_without_it_waits_for_the_judge():
    scene = observed(broken_share=None)
    scene.traffic.set("2.0", 10, 10)
    seconds(scene, 45)

    assert (scene.state, len(scene.verdicts)) == (State.OBSERVING, 1)


def test_numbers_that_cannot_be_true_break_nothing():
    scene = observed()
    scene.traffic.set("2.0", 10, 10, problem="more_errors_than_requests")
    seconds(scene, 45)

    assert scene.state == State.OBSERVING


def test_a_slot_that_was_left_early_has_one_verdict():
    scene = observed()
    scene.traffic.set("2.0", 10, 10)
    seconds(scene, 45)
    slots = [row.slot for row in scene.verdicts]

    assert slots == sorted(set(slots))
    assert scene.verdicts[-1].outcome == "breach"
