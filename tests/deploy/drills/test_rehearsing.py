"""A drill from the call to its outcome, and whoever dies on the way."""

import pytest

from tests.deploy.canary.scene import Traffic
from tests.deploy.drills.stage import Stage
from tests.deploy.factories import DeploymentFactory, FreezeFactory
from zdt_core import database, gates, messages
from zdt_core.events import Event
from zdt_core.jobs.models import Run
from zdt_core.notify.models import Notification
from zdt_deploy.canary import regions
from zdt_deploy.canary.models import Reach
from zdt_deploy.deployments.states import State
from zdt_deploy.drills import jobs, operations, rehearsing
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import Point

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    stage = Stage()
    stage.start(reason="monthly")
    return stage


@pytest.fixture
def back():
    """It was rolled back, and gets no requests any more; the drill has not looked yet."""
    stage = Stage()
    stage.send_back()
    stage.traffic.set("2.0", 0)
    return stage


def ended(stage):
    row = stage.drill
    assert "unknown)" not in messages.text(row.code, row.params)
    assert not Run.objects.filter(kind=operations.KIND, state="ready").exists()
    return row.state, row.code


def test_the_whole_way(stage):
    assert (stage.drill.state, stage.state) == ("called", State.OBSERVING)
    stage.decide()
    assert (stage.drill.state, stage.state) == ("returning", State.ROLLING_BACK)
    assert (stage.share.percentage, stage.deployment.code) == (0, rehearsing.ROLLS_BACK)

    stage.slice()
    assert stage.drill.zero_at is None, "no router has said so"
    stage.finish()
    assert (stage.state, stage.drill.stable_at) == (State.ROLLED_BACK, None)
    stage.fall_silent()

    assert ended(stage) == ("passed", "drill_passed")
    decision, zero, stable = (stage.drill.seconds(point) for point in Point)
    assert 0 < decision <= zero < 120
    assert decision <= stable < 120
    assert stage.drill.accuracy == 10
    assert stage.told() == ["drill.called", "drill.finished"]
    event = Event.objects.get(kind="drill.finished")
    assert event.after["stable_seconds"] == pytest.approx(stable)
    assert "all requests were on stable after" in event.sentence


def test_people_are_told_that_it_is_a_rehearsal(stage):
    stage.decide()

    (begun,) = Notification.objects.filter(kind="drill.called")
    assert begun.text == "ada rehearses the rollback of 2.0 of shop in test."
    (back,) = Notification.objects.filter(kind="deployment.rolled_back")
    assert "is rehearsed (drill" in back.why


def test_killed_between_the_rollback_and_its_note_neither_has_happened(stage, monkeypatch):
    def dies(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rehearsing.operations, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            stage.slice()
    assert (stage.drill.state, stage.state) == ("called", State.OBSERVING)

    stage.decide(), stage.finish(), stage.fall_silent()
    assert ended(stage) == ("passed", "drill_passed")
    assert Event.objects.filter(kind="deployment.rolled_back").count() == 1


@pytest.mark.parametrize("dead", [1, 2, 3])
def test_killed_at_any_look_it_goes_on_and_takes_each_time_once(back, monkeypatch, dead):
    write, calls = operations.write, []

    def dies(*args, **kwargs):
        calls.append(args)
        if len(calls) == dead:
            raise KeyboardInterrupt
        return write(*args, **kwargs)

    back.pass_time(100)
    with monkeypatch.context() as patch:
        patch.setattr(operations, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            back.slice(), back.slice()
    assert back.drill.state == "returning"
    while back.drill.state == "returning":
        back.slice()

    assert ended(back) == ("passed", "drill_passed")
    assert back.told() == ["drill.finished"]


def test_a_drill_that_lost_its_run_gets_another(stage):
    Run.objects.filter(kind=operations.KIND).update(state="failed")

    jobs.begin()
    jobs.begin()

    assert Run.objects.filter(kind=operations.KIND, state="ready").count() == 1


def test_a_drill_whose_routers_follow_too_late_has_failed(stage):
    stage.decide()
    stage.pass_time(130)
    stage.finish(), stage.fall_silent()

    assert ended(stage) == ("failed", "drill_zero_late")
    told = Notification.objects.get(kind="drill.not_held")
    assert "until every router obeyed 0 %; the goal is 120 s" in told.why


def test_the_goal_of_each_time_is_a_setting(settings):
    settings.ZDT_DRILL_STABLE_SECONDS = 30

    assert Stage().start().goals == {"decision": 120, "zero": 120, "stable": 30}


def test_requests_that_go_on_past_the_routers_fail_it():
    stage = Stage()
    stage.send_back()
    stage.pass_time(600)
    stage.slice(), stage.slice()
    assert stage.drill.state == "returning", "they may end"
    stage.pass_time(310)
    stage.slice()

    assert ended(stage) == ("failed", "drill_stable_missed")
    assert stage.drill.stable_at is None
    assert float(stage.drill.params["seconds"]) > 800


@pytest.mark.parametrize("why", ["metrics_unavailable", "drill_stable_silent", "drill_next_began"])
def test_a_time_that_could_not_be_seen_is_unknown_and_no_success(back, why):
    if why == "metrics_unavailable":
        back.traffic.away = True
    elif why == "drill_stable_silent":
        back.traffic.set("1.0", 0)
    else:
        DeploymentFactory(version="3.0", previous_version="1.0")
    back.pass_time(1 if why == "drill_next_began" else 910)
    back.slice(), back.slice()

    assert ended(back) == ("unseen", "drill_stable_unseen")
    assert (back.drill.params["cause"], back.drill.seconds(Point.STABLE)) == (why, None)


@pytest.mark.parametrize(
    ("state", "seconds", "code"),
    [("stuck", 1, "drill_stuck"), ("rolling_back", 901, "drill_unfinished")],
)
def test_a_rollback_that_gets_stuck_or_does_not_end_fails_it(state, seconds, code):
    stage = Stage()
    stage.send_back(state)
    stage.pass_time(seconds)
    stage.slice()

    assert ended(stage) == ("failed", code)


def test_a_real_rollback_that_is_quicker_is_none_of_the_drills(stage):
    stage.act("roll_back", reason="orders are missing")
    stage.slice()

    assert stage.drill.code == "drill_not_suitable"
    assert stage.deployment.code == "person_said"
    assert stage.slice().is_final
    assert stage.drill.state == "called_off"


def test_a_rollback_that_is_refused_is_called_off(stage):
    closed = gates.closed("frozen", name="n", place="p", until="u", reason="r", who="w", id=1)
    gates.condition("deployment.roll_back", "trial")(lambda deployment: closed)
    try:
        stage.slice()
    finally:
        del gates._conditions["deployment.roll_back"]["trial"]

    assert (stage.drill.state, stage.drill.code) == ("called_off", "drill_refused")
    assert stage.state == State.OBSERVING


@pytest.mark.parametrize(
    ("happens", "cause"),
    [
        (lambda stage: FreezeFactory(), "drill_frozen"),
        (lambda stage: DeploymentFactory(service="b", rolling_back=True), "drill_other_goes_back"),
    ],
)
def test_what_happens_between_the_call_and_the_worker_calls_it_off(stage, happens, cause):
    happens(stage)
    stage.slice()

    assert (stage.state, stage.slice().is_final) == (State.OBSERVING, True)
    assert (stage.drill.state, stage.drill.code) == ("called_off", "drill_not_suitable")
    assert stage.drill.params["cause"] == cause
    assert "unknown)" not in messages.text(stage.drill.code, stage.drill.params)


def test_a_worker_that_comes_much_too_late_rolls_nothing_back(stage):
    stage.pass_time(901)
    stage.slice()

    assert (stage.drill.state, stage.drill.code) == ("failed", "drill_decision_missed")
    assert stage.state == State.OBSERVING


def test_a_slice_that_comes_too_late_does_nothing(back):
    Drill.objects.update(state="passed")

    assert back.slice().is_final
    assert back.drill.revision == 1


def test_metrics_of_regions_are_copied_for_a_while_after_the_end(settings):
    settings.ZDT_ENVIRONMENT = "test"
    row = DeploymentFactory(rolled_back=True, strategy="regional")
    traffic = Traffic()
    traffic.set("1.0", 900)
    traffic.pass_time(60)

    regions.take_in(traffic)
    assert Reach.objects.get().until > 0
    Reach.objects.all().delete()
    type(row).objects.filter(pk=row.pk).update(finished_at=database.Now() - regions.AFTER_ITS_END)
    regions.take_in(traffic)
    assert not Reach.objects.exists()
