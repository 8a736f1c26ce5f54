"""The monitor with the sequential judge: limits stay hard, and evidence decides within them."""

import pytest
from rq.timeouts import JobTimeoutException

from tests.deploy.canary.scene import Scene
from zdt_deploy.canary.models import Evidence
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    """At 5 %, every router has it; each step is watched for three minutes, as the patience is."""
    scene = Scene(
        judge="sequential", patience_seconds=180, minimum_sample=50,
        steps=[{"percentage": share, "bake_seconds": 180} for share in (5, 50, 100)],
    )  # fmt: skip
    scene.arrive()
    return scene


def test_a_good_release_goes_on_once_it_is_surely_fine(scene):
    scene.traffic.set("2.0", 200, 0)
    scene.minutes(4)
    assert (scene.last.outcome, scene.last.code) == ("waiting", "not_sure_of_errors")
    assert 0 < scene.last.evidence["certainty"]["fine"]["errors"] < 1
    scene.minutes(6)
    [moved] = [row for row in scene.verdicts if row.evidence["then"] == "advance"]
    assert moved.outcome == "ok"
    assert moved.evidence["certainty"]["fine"] == {"errors": 1.0, "latency": 1.0}
    assert scene.share.percentage == 50


def test_a_release_within_its_limits_that_is_surely_worse_goes_back(scene):
    scene.traffic.set("2.0", 200, 5)  # 1.5 percentage points: the limit is 2
    for _minute in range(20):
        scene.minutes(1)
        if scene.state == State.ROLLING_BACK:
            break
    assert scene.state == State.ROLLING_BACK
    assert scene.deployment.code == "canary_surely_worse_in_errors"
    assert scene.deployment.params["odds"] >= 200
    assert scene.deployment.params["errors_canary"] == 2.5


def test_a_limit_that_is_exceeded_needs_no_evidence_once_that_lasts(scene):
    scene.traffic.set("2.0", 200, 20)
    scene.minutes(1)
    assert (scene.last.code, scene.state) == ("limit_crossed", State.OBSERVING)
    scene.minutes(3)
    assert scene.state == State.ROLLING_BACK
    assert scene.deployment.code == "canary_errors_exceed"


def test_one_bad_minute_of_a_good_release_sends_nobody_back(scene):
    scene.minutes(4)
    scene.traffic.set("2.0", 200, 20)
    scene.minutes(1)
    scene.traffic.set("2.0", 200, 0)
    scene.minutes(20)
    assert "limit_crossed" in [verdict.code for verdict in scene.verdicts]
    assert scene.share.percentage >= 50


def test_what_nobody_can_be_sure_of_is_held_and_never_promoted(scene):
    scene.traffic.set("1.0", 90)
    scene.traffic.set("2.0", 2)
    scene.minutes(8)
    assert (scene.state, scene.deployment.code) == (State.HELD, "inconclusive")
    assert scene.deployment.params["cause"] == "not_sure_of_errors"
    assert scene.share.percentage == 5


def test_once_everyone_has_moved_only_the_limits_judge(scene):
    scene.traffic.set("2.0", 900, 0)
    scene.minutes(10)
    scene.arrive()
    scene.minutes(4)
    scene.arrive()
    assert scene.share.percentage == 100
    scene.minutes(1)
    assert "certainty" not in scene.last.evidence


def test_a_tick_that_is_made_again_weighs_nothing_twice(scene, monkeypatch):
    scene.minutes(5)
    before = Evidence.objects.get().state

    def killed(*args, **kwargs):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("zdt_deploy.canary.aftermath.record", killed)
        scene.pass_time(60)
        with pytest.raises(RuntimeError):
            scene.tick()
    assert Evidence.objects.get().state == before
    scene.tick()
    assert Evidence.objects.get().state["blocks"] == before["blocks"] + 1


def test_while_the_source_is_away_nothing_is_weighed(scene):
    scene.minutes(1)
    weighed = Evidence.objects.get().next_block
    scene.traffic.away = True
    scene.minutes(1)
    assert scene.last.outcome == "blind"
    assert Evidence.objects.get().next_block == weighed


def test_a_counter_of_the_plan_is_judged_by_evidence_and_not_by_its_margin():
    scene = Scene(
        judge="sequential", minimum_sample=50, error_margin=0.5, latency_margin=None,
        metrics=[{"name": "sold", "worse": "lower", "margin": 0.01}],
    )  # fmt: skip
    scene.traffic.set("1.0", 900, 9, counters={"sold": 90})
    scene.traffic.set("2.0", 200, 2, counters={"sold": 17})
    scene.arrive()
    scene.minutes(1)
    assert (scene.last.outcome, scene.state) == ("waiting", State.OBSERVING)

    scene.traffic.set("2.0", 200, 2, counters={"sold": 5})
    scene.minutes(20)

    assert scene.deployment.code == "canary_surely_worse_in_counter"
    assert scene.deployment.params["name"] == "sold"


def test_a_counter_that_nobody_counts_is_not_judged():
    scene = Scene(judge="sequential", metrics=[{"name": "sold", "margin": 0.01}])
    scene.arrive()
    scene.minutes(1)
    assert (scene.last.outcome, scene.last.code) == ("blind", "metric_absent")


def test_each_verdict_says_what_was_usual_tolerated_and_needed(scene):
    scene.traffic.set("2.0", 200, 0)
    scene.minutes(5)
    certainty = scene.last.evidence["certainty"]
    assert certainty["held_to"]["errors"] == {"usual": 0.01, "tolerated": 0.001, "margin": 0.005}
    assert certainty["odds"]["worse_needed"] == {"errors": 200, "latency": 200}
    assert certainty["odds"]["fine_needed"] == 20
    assert scene.last.evidence["canary"]["requests"] > 0


@pytest.mark.parametrize(
    ("odds", "reason"),
    [
        ({"false_promotion": 1.0}, "false_promotion is 1.0"),
        ({"false_rollback": 1.0, "latency_margin": None}, "false_rollback is 1.0"),
    ],
)
def test_odds_that_were_stored_and_cannot_be_weighed_hold_while_limits_go_on(scene, odds, reason):
    Deployment.objects.update(plan={**scene.deployment.plan, **odds, "patience_seconds": 600})
    scene.traffic.set("2.0", 200, 20)
    scene.minutes(1)
    assert (scene.last.outcome, scene.last.code) == ("blind", "evidence_unweighed")
    assert reason in scene.last.params["reason"]
    assert scene.state == State.HELD
    scene.minutes(3)
    assert (scene.state, scene.deployment.code) == (State.ROLLING_BACK, "canary_errors_exceed")


def test_a_breaker_that_fails_leaves_the_limits(scene):
    Deployment.objects.update(plan={**scene.deployment.plan, "broken_share": 1 - 1e-16})
    scene.traffic.set("2.0", 200, 200)
    scene.minutes(4)
    assert (scene.state, scene.deployment.code) == (State.ROLLING_BACK, "canary_errors_exceed")


@pytest.mark.parametrize("place", ["weighing.gather", "glance.look"])
def test_the_end_of_the_job_s_time_is_no_failure_of_evidence(scene, monkeypatch, place):
    def too_slow(*args, **kwargs):
        raise JobTimeoutException("This job had 30 seconds.")

    scene.minutes(1)
    before = len(scene.verdicts)
    monkeypatch.setattr(f"zdt_deploy.canary.monitor.{place}", too_slow)
    with pytest.raises(JobTimeoutException):
        scene.minutes(1)
    assert len(scene.verdicts) == before


@pytest.mark.parametrize("place", ["weighing.gather", "certainty.settle"])
def test_whatever_fails_while_evidence_is_weighed_a_broken_release_goes_back(
    scene, monkeypatch, place
):
    def failing(*args):
        Evidence.objects.update(next_block=0)
        raise ZeroDivisionError("of a secret")

    scene.minutes(1)
    weighed = Evidence.objects.get().next_block
    monkeypatch.setattr(f"zdt_deploy.canary.monitor.{place}", failing)
    scene.minutes(1)
    assert scene.state == State.HELD
    assert scene.last.params["reason"] == "ZeroDivisionError; the log says where."
    assert Evidence.objects.get().next_block == weighed, "what failed is undone"
    scene.traffic.set("2.0", 200, 200)
    scene.minutes(1)
    assert (scene.state, scene.deployment.code) == (State.ROLLING_BACK, "canary_broken")
