"""The monitor, tick by tick, on a real database: nothing judged twice, nothing skipped unseen."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.deploy.canary.scene import Scene
from tests.deploy.canary.slices import take
from zdt_core import database, gates
from zdt_core.events import Event as Fact
from zdt_core.exceptions import LeaseLost
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_deploy.canary import jobs as chores
from zdt_deploy.canary import monitor, rollback, share
from zdt_deploy.canary.models import MetricWindow, Verdict
from zdt_deploy.canary.sources import Clock
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db


def steps(*shares, minutes=5):
    return [{"percentage": share, "bake_seconds": 60 * minutes} for share in shares]


@pytest.fixture
def scene():
    """On its way to 5 %; every step is watched for five minutes, the patience is five, too."""
    return Scene(steps=steps(5, 25, 50, 100), patience_seconds=300)


@pytest.fixture
def observed(scene):
    """At 5 %, every router has it."""
    scene.arrive()
    return scene


@pytest.fixture
def at_half():
    """At 50 %, every router has it."""
    scene = Scene(steps=steps(50, 100), patience_seconds=300)
    scene.arrive()
    return scene


# ---- beginning ----


def test_a_start_publishes_the_first_share_and_has_somebody_watch(scene):
    assert (scene.share.percentage, scene.share.canary_release) == (5, "2.0")
    assert scene.share.stable_release == "1.0"
    assert scene.share.valid_until is not None
    assert scene.run().state == Run.State.READY


def test_the_first_slot_has_its_verdict_at_once(scene, settings):
    settings.ZDT_METRIC_SOURCE = {"kind": "shop.metrics.Source"}
    scene.tick()
    assert scene.last.evidence["source"] == "shop.metrics.Source", "the checklist asks for it"
    assert (scene.last.slot, scene.last.outcome, scene.last.code) == (0, "waiting", "warming_up")


def test_the_next_verdict_is_due_when_its_slot_begins():
    scene = Scene(broken_share=None)
    scene.arrive()
    scene.minutes(1)
    assert scene.last.slot == 1
    due = scene.run().due_at - scene.deployment.started_at
    assert due == timedelta(seconds=120)


def test_a_look_whether_it_broke_comes_before_that(observed):
    observed.minutes(1)
    due = observed.run().due_at - observed.deployment.started_at
    assert timedelta(seconds=75) <= due < timedelta(seconds=120)


def test_a_step_of_no_time_waits_for_windows_of_its_own_all_the_same():
    scene = Scene(steps=steps(5, 100, minutes=0), interval_seconds=1, minimum_sample=1)
    scene.arrive()
    scene.pass_time(3)
    scene.tick()
    assert (scene.last.code, scene.share.percentage) == ("warming_up", 5)
    scene.pass_time(30)
    scene.tick()
    assert (scene.last.outcome, scene.share.percentage) == ("ok", 100)


def test_the_share_is_observed_once_every_router_has_it(scene):
    scene.tick()
    assert scene.state == State.SHIFTING
    scene.follow()
    scene.tick()
    assert scene.state == State.OBSERVING
    assert len(scene.verdicts) == 1, "a look between two verdicts is no verdict"


def test_a_router_that_is_behind_keeps_it_shifting(scene):
    scene.follow()
    Process.objects.filter(release="1.0").update(acknowledged={"share:shop": 0})
    scene.pass_time(30)
    scene.tick()
    assert scene.state == State.SHIFTING
    assert scene.last.evidence["routers"]["behind"] == ["of-1.0"]


def test_processes_that_never_acknowledge_get_the_time_to_refresh(scene):
    scene.pass_time(10)
    scene.tick()
    assert scene.state == State.SHIFTING
    scene.pass_time(6)
    scene.tick()
    assert scene.state == State.OBSERVING
    assert scene.verdicts[0].evidence["routers"]["mute"] == 2


def test_while_routers_follow_the_monitor_looks_more_often(scene):
    scene.tick()
    due = scene.run().due_at - scene.deployment.started_at
    assert due < timedelta(seconds=5)


# ---- a good release ----


def test_a_good_release_goes_up_step_by_step_to_everyone(observed):
    shares = []
    for _step in range(3):
        shares.append(observed.share.percentage)
        observed.minutes(4)
        assert observed.share.percentage == shares[-1], "not before the bake is over"
        observed.minutes(2)
        observed.arrive()
    assert shares == [5, 25, 50]
    assert (observed.state, observed.share.percentage) == (State.BAKING, 100)
    observed.minutes(3)
    assert observed.last.outcome == "ok"
    assert observed.last.evidence["baseline"] == "before"
    assert observed.run().state == Run.State.READY
    observed.minutes(2)
    assert observed.run().state == Run.State.SUCCEEDED
    assert observed.state == State.BAKING, "the way back stays open"
    assert {row.outcome for row in observed.verdicts} == {"ok", "waiting"}


def test_every_verdict_has_its_slot_and_none_is_missing(observed):
    observed.minutes(8)
    assert [row.slot for row in observed.verdicts] == list(range(9))


def test_a_verdict_keeps_the_numbers_and_what_followed(observed):
    observed.minutes(6)
    [moved] = [row for row in observed.verdicts if row.evidence["then"] == "advance"]
    assert (moved.outcome, moved.step) == ("ok", 0)
    assert moved.evidence["canary"]["requests"] >= 1000
    assert moved.evidence["epoch"] == 1
    assert observed.deployment.step == 1


def test_a_blue_green_release_is_compared_with_the_time_before():
    scene = Scene("blue_green", steps=[{"percentage": 100, "bake_seconds": 300}])
    scene.traffic.set("1.0", 0)
    scene.traffic.set("2.0", 900, 9)
    scene.arrive()
    scene.minutes(3)
    assert (scene.last.outcome, scene.last.evidence["baseline"]) == ("ok", "before")
    scene.minutes(2)
    assert scene.state == State.BAKING
    scene.minutes(1)
    assert scene.run().state == Run.State.SUCCEEDED, "everyone was watched for the whole bake"


def test_a_bad_blue_green_release_goes_back():
    scene = Scene("blue_green", steps=[{"percentage": 100, "bake_seconds": 300}])
    scene.traffic.set("1.0", 0)
    scene.traffic.set("2.0", 900, 90)
    scene.arrive()
    scene.minutes(2)
    assert (scene.state, scene.share.percentage) == (State.ROLLING_BACK, 0)


# ---- a bad release ----


def test_a_release_with_errors_goes_back_and_says_why(observed):
    observed.traffic.set("2.0", 200, 20)
    observed.minutes(2)
    assert observed.state == State.ROLLING_BACK
    assert (observed.share.percentage, observed.share.epoch) == (0, 2)
    assert observed.deployment.code == "canary_errors_exceed"
    assert observed.deployment.params["limit"] == 2.0
    assert (observed.last.outcome, observed.last.evidence["then"]) == ("breach", "roll_back")
    assert observed.run().state == Run.State.SUCCEEDED
    assert observed.run(rollback.KIND).state == Run.State.READY


def test_a_slow_release_goes_back(observed):
    observed.traffic.set("2.0", 200, 2, slow=30)
    observed.minutes(2)
    assert observed.deployment.code == "canary_p95_exceeds"


def test_a_release_that_stopped_answering_goes_back(observed):
    observed.minutes(3)
    observed.traffic.set("2.0", 0)
    observed.minutes(1)
    assert observed.state == State.ROLLING_BACK
    assert observed.deployment.code == "canary_silent"


def test_a_release_that_nobody_reached_goes_back(scene):
    scene.traffic.set("2.0", 0)
    scene.arrive()
    scene.minutes(1)
    assert scene.deployment.code == "canary_silent"


def test_neither_a_new_step_nor_its_warm_up_restarts_a_silence():
    scene = Scene(steps=steps(5, 25, 100), warm_up_seconds=60, minimum_sample=100)
    scene.arrive()
    scene.minutes(3)
    scene.traffic.set("2.0", 0)
    scene.pass_time(25)
    scene.act("advance")
    scene.arrive()
    assert scene.last.outcome == "ok"
    scene.pass_time(35)
    scene.tick()
    assert (scene.state, scene.deployment.code) == (State.ROLLING_BACK, "canary_silent")


@pytest.mark.parametrize("hold", ["pause", None])
def test_a_release_that_somebody_holds_is_still_watched(observed, hold):
    if hold:
        observed.act(hold)
    observed.traffic.set("2.0", 200, 40)
    observed.minutes(2)
    assert observed.state == State.ROLLING_BACK


def test_a_release_that_gets_worse_at_everyone_goes_back(at_half):
    at_half.minutes(6)
    assert at_half.state == State.BAKING
    at_half.minutes(2)
    at_half.traffic.set("2.0", 900, 90)
    at_half.minutes(2)
    assert (at_half.state, at_half.share.percentage) == (State.ROLLING_BACK, 0)


def test_a_way_back_that_is_closed_is_said_once_and_changes_nothing(at_half):
    Process.objects.filter(release="1.0").update(left_at=database.Now())
    at_half.traffic.set("2.0", 900, 90)
    at_half.minutes(4)
    assert (at_half.state, at_half.share.percentage) == (State.OBSERVING, 50)
    assert at_half.last.evidence["refused"]["code"] == "stable_not_alive"
    assert Fact.objects.filter(kind="deployment.rolled_back", refused=True).count() == 1


def test_a_gate_that_is_closed_keeps_the_share(observed, monkeypatch):
    monkeypatch.setitem(
        gates._conditions, "deployment.advance", {"test": lambda _: gates.closed("not_today")}
    )
    observed.minutes(8)
    assert (observed.state, observed.share.percentage) == (State.OBSERVING, 5)
    assert observed.last.evidence["refused"]["code"] == "not_today"
    assert Fact.objects.filter(kind="deployment.advanced", refused=True).count() == 1


# ---- too few requests ----


def test_a_step_without_a_sample_is_never_promoted_by_time(observed):
    observed.traffic.set("2.0", 3)
    observed.traffic.set("1.0", 60)
    observed.minutes(9)
    assert observed.state == State.OBSERVING
    observed.minutes(2)
    assert (observed.state, observed.deployment.code) == (State.HELD, "inconclusive")
    assert observed.share.valid_until is not None
    observed.minutes(6)
    assert (observed.state, observed.share.percentage) == (State.HELD, 5)
    assert {row.outcome for row in observed.verdicts} == {"waiting"}


def test_a_slow_site_goes_on_once_its_sample_is_full(observed):
    observed.traffic.set("2.0", 10)
    observed.traffic.set("1.0", 180)
    observed.minutes(12)
    assert observed.deployment.code == "inconclusive"
    observed.minutes(7)
    assert observed.share.percentage == 25


# ---- the dead-man's switch ----


def test_each_verdict_renews_the_share(observed):
    observed.pass_time(100)
    left = observed.share.valid_until
    observed.tick()
    assert observed.share.valid_until > left + timedelta(seconds=90)


def test_a_look_between_verdicts_renews_nothing(observed):
    observed.pass_time(10)
    left = observed.share.valid_until
    observed.tick()
    assert observed.share.valid_until == left


def test_a_share_that_nobody_watched_goes_back_for_good(observed):
    observed.minutes(2)
    observed.pass_time(181)
    assert share.read_truth("test", "shop").valid_for == 0
    observed.tick()
    assert (observed.state, observed.deployment.code) == (State.ROLLING_BACK, "unwatched")
    gap = observed.verdicts[-2]
    assert (gap.outcome, gap.slot, gap.last_slot) == ("missed", 3, 4)
    assert observed.last.slot == 5


def test_a_gap_within_the_validity_is_recorded_and_goes_on(observed):
    observed.minutes(1)
    observed.pass_time(170)
    observed.tick()
    assert observed.state == State.OBSERVING
    assert [(row.outcome, row.slot, row.last_slot) for row in observed.verdicts[2:]] == [
        ("missed", 2, 2), ("ok", 3, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(("seconds", "code"), [(65, "first_look"), (125, "slots_missed")])
def test_a_first_look_that_is_only_late_does_not_ask_whether_anything_runs(scene, seconds, code):
    scene.pass_time(seconds)
    scene.tick()
    assert (scene.verdicts[0].outcome, scene.verdicts[0].code) == ("missed", code)


def test_from_half_up_the_share_holds_without_a_watch(at_half):
    at_half.minutes(1)
    at_half.pass_time(7200)
    at_half.tick()
    assert (at_half.state, at_half.share.percentage) == (State.OBSERVING, 50)
    assert at_half.verdicts[-2].outcome == "missed"


def test_time_that_nobody_saw_does_not_count_as_observed(observed):
    observed.minutes(3)
    observed.pass_time(150)
    observed.tick()
    assert observed.last.outcome == "ok"
    assert observed.share.percentage == 5, "five and a half minutes have passed, four were seen"
    observed.minutes(1)
    assert observed.share.percentage == 25


# ---- blindness ----


def test_blindness_holds_at_once_and_seeing_goes_on(observed):
    observed.minutes(2)
    observed.traffic.away = True
    observed.minutes(1)
    assert (observed.state, observed.deployment.code) == (State.HELD, "metrics_unavailable")
    assert "Redis did not answer" in observed.last.params["reason"]
    observed.traffic.away = False
    observed.minutes(1)
    assert (observed.state, observed.last.code) == (State.HELD, "metrics_returning")
    observed.minutes(1)
    assert (observed.state, observed.last.outcome) == (State.OBSERVING, "ok")


def test_what_happened_during_the_blindness_is_taken_in_afterwards(observed):
    observed.minutes(1)
    observed.traffic.away = True
    observed.minutes(2)
    observed.traffic.away = False
    observed.minutes(2)
    windows = MetricWindow.objects.filter(release="1.0").order_by("window")
    starts = [row.window for row in windows]
    assert starts == list(range(starts[0], starts[-1] + 10, 10))


def test_blindness_beyond_the_patience_goes_back(observed):
    observed.minutes(2)
    observed.traffic.away = True
    observed.minutes(4)
    assert observed.state == State.HELD
    observed.minutes(2)
    assert (observed.state, observed.deployment.code) == (State.ROLLING_BACK, "blind_too_long")
    assert observed.deployment.params["seconds"] >= 300


def test_blindness_from_half_up_stays_and_is_told_once(at_half):
    at_half.minutes(1)
    at_half.traffic.away = True
    at_half.minutes(8)
    assert (at_half.state, at_half.share.percentage) == (State.HELD, 50)
    [fact] = Fact.objects.filter(kind="deployment.left_unjudged")
    assert fact.code == "blind_and_held"


def test_a_sample_that_cannot_be_true_is_blindness(observed):
    observed.minutes(1)
    observed.traffic.set("2.0", 200, problem="number_unreadable")
    observed.minutes(1)
    assert (observed.last.outcome, observed.last.code) == ("blind", "sample_invalid")
    assert observed.last.params["flaw"] == "number_unreadable"
    assert observed.state == State.HELD


def test_a_site_without_traffic_is_not_judged(observed):
    observed.minutes(1)
    observed.traffic.set("1.0", 0)
    observed.traffic.set("2.0", 0)
    observed.minutes(1)
    assert (observed.last.outcome, observed.last.code) == ("blind", "traffic_silent")


def test_a_source_whose_clock_stands_still_is_stale(observed):
    observed.minutes(1)
    standing = int(observed.traffic.now - 400) // 10 * 10
    observed.traffic.clock = lambda: Clock(observed.traffic.now, standing, 10)
    observed.minutes(1)
    assert (observed.last.outcome, observed.last.code) == ("blind", "metrics_stale")


# ---- at most once ----


def test_a_slot_is_judged_once_however_often_the_monitor_ticks(observed):
    observed.minutes(1)
    before = observed.deployment.revision
    for _again in range(3):
        observed.tick()
    assert [row.slot for row in observed.verdicts] == [0, 1]
    assert observed.deployment.revision == before


def test_of_two_monitors_one_judges_and_the_other_leaves_no_trace(observed):
    observed.pass_time(60)
    first = take(monitor.KIND, observed.id)
    second = take(monitor.KIND, observed.id)  # the first one's lease has lapsed
    with pytest.raises(LeaseLost):
        monitor.tick(first, observed.traffic)
    assert len(observed.verdicts) == 1
    assert MetricWindow.objects.count() > 0
    monitor.tick(second, observed.traffic)
    assert [row.slot for row in observed.verdicts] == [0, 1]


def test_a_slot_that_was_judged_while_metrics_were_read_is_left_alone(observed, monkeypatch):
    observed.pass_time(60)
    take_in = monitor.ingest.take_in

    def meanwhile(*args):
        Verdict.objects.create(deployment_id=observed.id, slot=1, last_slot=1, step=0)
        return take_in(*args)

    monkeypatch.setattr(monitor.ingest, "take_in", meanwhile)
    monitor.tick(take(monitor.KIND, observed.id), observed.traffic)
    assert [row.slot for row in observed.verdicts] == [0, 1]


def test_a_rollback_that_its_monitor_could_not_commit_did_not_happen(observed, monkeypatch):
    observed.traffic.set("2.0", 200, 40)
    observed.pass_time(60)
    late = take(monitor.KIND, observed.id)
    original = monitor.aftermath.record

    def lose_the_lease(*args):
        original(*args)
        Run.objects.filter(pk=late.run_id).update(token=late.token + 1)

    monkeypatch.setattr(monitor.aftermath, "record", lose_the_lease)
    with pytest.raises(LeaseLost):
        monitor.tick(late, observed.traffic)
    assert (observed.state, observed.share.percentage) == (State.OBSERVING, 5)
    assert not Run.objects.filter(kind=rollback.KIND).exists()
    assert len(observed.verdicts) == 1


def test_the_database_refuses_a_second_verdict_on_a_slot(observed):
    from django.db import IntegrityError

    row = observed.last
    with pytest.raises(IntegrityError), database.atomic():
        Verdict.objects.create(deployment_id=observed.id, slot=row.slot, last_slot=row.slot, step=0)


def test_the_watch_ends_when_nobody_has_to_be_watched(observed):
    observed.act("roll_back", reason="I do not like it")
    observed.tick()
    assert observed.run().state == Run.State.SUCCEEDED
    assert observed.state == State.ROLLING_BACK


# ---- people ----


def test_a_person_who_advances_wakes_the_monitor(observed, django_capture_on_commit_callbacks):
    observed.minutes(1)
    with django_capture_on_commit_callbacks(execute=True):
        observed.act("advance")
    assert observed.run().due_at <= observed.share.changed_at + timedelta(seconds=5)
    assert observed.share.percentage == Decimal(25)


def test_a_canary_whose_run_was_lost_is_watched_again(observed):
    Run.objects.all().delete()
    chores.watch_the_unwatched()
    chores.watch_the_unwatched()
    assert observed.run().state == Run.State.READY


def test_a_rollback_whose_run_was_lost_goes_on(observed):
    observed.act("roll_back", reason="no")
    Run.objects.all().delete()
    chores.watch_the_unwatched()
    assert observed.run(rollback.KIND).state == Run.State.READY
    assert not Run.objects.filter(kind=monitor.KIND).exists()
