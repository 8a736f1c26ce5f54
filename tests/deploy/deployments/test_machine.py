"""Moves: what each writes, records and sends, and what changes nothing."""

from datetime import timedelta

import pytest

from tests.deploy.factories import DeploymentFactory, alive
from zdt_core import database, gates
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused, Stale
from zdt_core.fleet.models import Process
from zdt_deploy.deployments import clock, machine, moved
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import Event as Move
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db


def fresh(deployment):
    return Deployment.objects.get(pk=deployment.pk)


def age(deployment, seconds):
    past = timedelta(seconds=seconds)
    Deployment.objects.filter(pk=deployment.pk).update(
        state_since=deployment.state_since - past, step_since=deployment.step_since - past
    )


def seconds_since(moment):
    return (clock.now() - moment).total_seconds()


@pytest.fixture
def observing():
    alive("1.0", "2.0")
    return DeploymentFactory(observing=True)


# ---- what a move leaves behind ----


def test_a_move_writes_the_state_and_a_new_revision(observing, ada):
    paused = machine.pause(observing.pk, actor=ada, reason="lunch")
    assert (paused.state, paused.revision) == ("paused", observing.revision + 1)
    assert fresh(observing).state == "paused"
    assert seconds_since(paused.state_since) < 60


def test_a_move_is_recorded_with_who_what_and_why(observing, ada):
    machine.pause(observing.pk, actor=ada, reason="lunch")
    event = Event.objects.get(subject_id=observing.pk)
    assert (event.kind, event.actor_name, event.reason) == ("deployment.paused", "ada", "lunch")
    assert (event.service, event.environment, event.refused) == ("shop", "test", False)
    assert event.before == {"state": "observing", "step": 0, "share": "5", "revision": 1}
    assert event.after == {"state": "paused", "step": 0, "share": "5", "revision": 2}


def test_a_move_is_sent_inside_its_transaction(observing, ada, moves):
    machine.pause(observing.pk, actor=ada)
    assert moves == [(Move.PAUSE, State.OBSERVING, "paused", "ada")]


def test_a_follower_that_fails_undoes_the_move(observing, ada, everything):
    def fail(**kwargs):
        raise ZeroDivisionError

    before = everything()
    moved.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            machine.pause(observing.pk, actor=ada)
    finally:
        moved.disconnect(fail)
    assert everything() == before


def test_a_machines_code_says_why_it_is_there(observing, monitor):
    held = machine.hold(observing.pk, actor=monitor, code="traffic_silent", params={"seconds": 60})
    assert (held.code, held.params) == ("traffic_silent", {"seconds": 60})
    seen = machine.see(observing.pk, actor=monitor)
    assert (seen.code, seen.params) == ("", {})


def test_a_persons_word_says_why_it_is_there(observing, ada):
    paused = machine.pause(observing.pk, actor=ada, reason="lunch")
    assert (paused.code, paused.params) == ("person_said", {"who": "ada", "reason": "lunch"})
    back = machine.roll_back(observing.pk, actor=ada)
    assert (back.code, back.params) == ("person_did", {"who": "ada"})


def test_what_sent_it_back_stays_while_it_goes_back(observing, ada, monitor):
    machine.roll_back(observing.pk, actor=monitor, code="canary_silent", params={"seconds": 30})
    done = machine.finish_rollback(observing.pk, actor=monitor)
    assert (done.state, done.code) == ("rolled_back", "canary_silent")
    assert done.finished_at is not None


# ---- steps ----


def test_to_advance_is_to_publish_the_next_step(observing, ada):
    age(observing, 600)
    advanced = machine.advance(observing.pk, actor=ada)
    assert (advanced.state, advanced.step, advanced.step_arrived) == ("shifting", 1, False)
    assert seconds_since(advanced.step_since) < 60


def test_a_step_is_watched_from_its_arrival(observing, ada, monitor):
    age(machine.advance(observing.pk, actor=ada), 600)
    arrived = machine.arrive(observing.pk, actor=monitor)
    assert (arrived.state, arrived.step_arrived) == ("observing", True)
    assert seconds_since(arrived.step_since) < 60


def test_a_step_that_was_held_before_it_arrived_is_watched_from_its_arrival(
    observing, ada, monitor
):
    machine.advance(observing.pk, actor=ada)
    age(machine.hold(observing.pk, actor=monitor, code="routers_behind"), 3600)
    seen = machine.see(observing.pk, actor=monitor)
    assert seen.step_arrived
    assert seconds_since(seen.step_since) < 60


def test_a_pause_asks_the_routers_again_and_keeps_what_was_watched(observing, ada, monitor):
    age(observing, 600)
    machine.pause(observing.pk, actor=ada)
    resumed = machine.resume(observing.pk, actor=ada)
    assert (resumed.state, resumed.step) == ("shifting", 0)
    arrived = machine.arrive(observing.pk, actor=monitor)
    assert seconds_since(arrived.step_since) >= 600


def test_a_pause_while_shifting_goes_on_shifting(observing, ada, monitor):
    machine.advance(observing.pk, actor=ada)
    age(machine.pause(observing.pk, actor=ada), 600)
    machine.resume(observing.pk, actor=ada)
    arrived = machine.arrive(observing.pk, actor=monitor)
    assert (arrived.step, arrived.step_arrived) == (1, True)
    assert seconds_since(arrived.step_since) < 60


def test_to_advance_to_everyone_is_to_promote(observing, ada, moves):
    Deployment.objects.update(step=2)
    promoted = machine.advance(observing.pk, actor=ada)
    assert (promoted.state, promoted.step) == ("baking", 3)
    assert moves[-1][0] is Move.PROMOTE
    assert Event.objects.latest("id").kind == "deployment.promoted"


def test_a_promotion_opens_the_window_of_the_plan(observing, monitor):
    Deployment.objects.update(step=2)
    promoted = machine.promote(observing.pk, actor=monitor)
    assert seconds_since(promoted.promoted_at) < 60
    assert promoted.window_until - promoted.promoted_at == timedelta(hours=24)
    assert seconds_since(promoted.step_since) < 60


def test_no_step_is_skipped_on_the_way_to_everyone(observing, monitor, everything):
    before = everything()
    with pytest.raises(Refused) as refusal:
        machine.promote(observing.pk, actor=monitor)
    assert (refusal.value.code, refusal.value.params) == ("steps_remain", {"next": "25"})
    assert everything() == before


def test_blue_green_promotes_from_its_only_step(monitor):
    blue = DeploymentFactory.aged(1800, blue_green=True)
    promoted = machine.promote(blue.pk, actor=monitor)
    assert (promoted.state, promoted.step) == ("baking", 0)
    assert promoted.step_since == blue.step_since, "it has been watched at 100 % already"


def test_the_most_processes_of_a_step_are_counted(observing, ada):
    alive("2.0", "2.0")
    assert machine.advance(observing.pk, actor=ada).instances == 3
    Deployment.objects.update(state="observing")
    Process.objects.filter(release="2.0").update(draining=True)
    alive("2.0")
    assert machine.advance(observing.pk, actor=ada).instances == 3


# ---- refused ----


def test_an_unknown_deployment_is_refused(ada, refusals):
    with pytest.raises(Refused) as refusal:
        machine.pause("deploy-never", actor=ada)
    assert refusal.value.code == "no_such_deployment"
    assert refusals() == [("deployment.paused", "no_such_deployment", "ada")]


def test_an_illegal_move_changes_nothing_and_leaves_an_event(ada, everything, refusals):
    held = DeploymentFactory(held=True)
    before = everything()
    with pytest.raises(Refused) as refusal:
        machine.advance(held.pk, actor=ada, reason="hurry")
    assert refusal.value.code == "illegal_move"
    assert everything() == before
    assert refusals() == [("deployment.advanced", "illegal_move", "ada")]
    event = Event.objects.get()
    assert (event.subject_id, event.service, event.reason) == (held.pk, "shop", "hurry")


def test_zdts_own_refusals_are_for_its_own_records(monitor, refusals):
    held = DeploymentFactory(held=True)
    with pytest.raises(Refused):
        machine.advance(held.pk, actor=monitor)
    assert refusals() == []


def test_whoever_saw_an_older_revision_is_told_the_new_state(observing, ada, everything, refusals):
    machine.pause(observing.pk, actor=Actor("user", "bob"))
    before = everything()
    with pytest.raises(Stale) as stale:
        machine.roll_back(observing.pk, actor=ada, expected_revision=observing.revision)
    assert stale.value.params == {"state": "paused", "revision": 2, "expected": 1}
    assert "it is paused now, at revision 2" in str(stale.value)
    assert everything() == before
    assert refusals() == [("deployment.rolled_back", "stale_revision", "ada")]


def test_whoever_saw_the_present_revision_may(observing, ada):
    assert machine.pause(observing.pk, actor=ada, expected_revision=1).state == "paused"


@pytest.mark.parametrize("name", ["arrive", "hold", "see", "go_stuck", "finish_rollback"])
def test_a_person_cannot_say_what_only_zdt_can_see(name, ada, refusals):
    starts = {"arrive": "shifting", "hold": "observing", "see": "held", "go_stuck": "rolling_back",
              "finish_rollback": "rolling_back"}  # fmt: skip
    deployment = DeploymentFactory(**{starts[name]: True})
    with pytest.raises(Refused) as refusal:
        getattr(machine, name)(deployment.pk, actor=ada, reason="I know")
    assert refusal.value.code == "not_for_people"
    assert [code for _, code, _ in refusals()] == ["not_for_people"]


@pytest.mark.parametrize("kind", ["user", "shell", "token"])
def test_tokens_and_shells_are_persons_hands(kind, refusals):
    shifting = DeploymentFactory(shifting=True)
    with pytest.raises(Refused):
        machine.arrive(shifting.pk, actor=Actor(kind, "x"))
    assert len(refusals()) == 1


def test_a_closed_gate_refuses_with_its_code(observing, ada, monkeypatch, everything):
    closed = {"freeze": lambda deployment: gates.closed("freeze_window", until="Monday")}
    monkeypatch.setitem(gates._conditions, "deployment.advance", closed)
    before = everything()
    with pytest.raises(Refused) as refusal:
        machine.advance(observing.pk, actor=ada)
    assert (refusal.value.code, refusal.value.params) == ("freeze_window", {"until": "Monday"})
    assert everything() == before


def test_the_promotion_has_a_gate_of_its_own_whoever_asks(observing, ada, monkeypatch):
    Deployment.objects.update(step=2)
    closed = {"freeze": lambda deployment: gates.closed("freeze_window")}
    monkeypatch.setitem(gates._conditions, "deployment.promote", closed)
    with pytest.raises(Refused, match="freeze_window"):
        machine.advance(observing.pk, actor=ada)


# ---- going back ----


@pytest.mark.parametrize("trait", ["shifting", "observing", "paused", "held"])
def test_below_half_going_back_asks_for_nothing(trait, ada):
    deployment = DeploymentFactory(**{trait: True})
    assert machine.roll_back(deployment.pk, actor=ada).state == "rolling_back"


@pytest.mark.parametrize("facts", [{"step": 2}, {"baking": True}, {"blue_green": True}])
def test_from_half_up_nobody_is_sent_back_to_a_release_that_is_gone(facts, ada, everything):
    alive("2.0")
    deployment = DeploymentFactory(**facts)
    before = everything()
    with pytest.raises(Refused) as refusal:
        machine.roll_back(deployment.pk, actor=ada)
    assert refusal.value.code == "stable_not_alive"
    assert "Start release 1.0 first" in str(refusal.value)
    assert everything() == before
    alive("1.0")
    assert machine.roll_back(deployment.pk, actor=ada).state == "rolling_back"


def test_a_person_may_insist_on_going_back_and_it_is_on_record(ada):
    baking = DeploymentFactory(baking=True)
    assert machine.roll_back(baking.pk, actor=ada, force=True).state == "rolling_back"
    overridden = Event.objects.get(kind="deployment.rolled_back").params["overridden"]
    assert [found["condition"] for found in overridden] == ["stable_alive"]


def test_force_overrides_nothing_else(ada, monkeypatch):
    baking = DeploymentFactory(baking=True)
    closed = {**gates._conditions["deployment.roll_back"], "law": lambda _: gates.closed("no")}
    monkeypatch.setitem(gates._conditions, "deployment.roll_back", closed)
    with pytest.raises(Refused, match="no"):
        machine.roll_back(baking.pk, actor=ada, force=True)
    assert not Event.objects.filter(refused=False).exists()


def test_after_it_went_back_nothing_promotes_it(observing, ada, monitor):
    Deployment.objects.update(step=2)
    machine.roll_back(observing.pk, actor=ada)
    for actor in (ada, monitor):
        with pytest.raises(Refused) as refusal:
            machine.promote(observing.pk, actor=actor)
        assert refusal.value.code == "illegal_move"


def test_a_stuck_rollback_is_retried_or_settled_with_a_reason(ada, monitor):
    stuck = DeploymentFactory(rolling_back=True)
    machine.go_stuck(stuck.pk, actor=monitor, code="rollback_callback_failed")
    machine.retry(stuck.pk, actor=ada)
    machine.go_stuck(stuck.pk, actor=monitor, code="rollback_callback_failed")
    with pytest.raises(Refused) as refusal:
        machine.finish_rollback(stuck.pk, actor=ada)
    assert refusal.value.code == "reason_missing"
    settled = machine.finish_rollback(stuck.pk, actor=ada, reason="called them by telephone")
    assert settled.state == "rolled_back"


# ---- the end ----


def test_the_way_back_is_closed_early_only_with_a_reason(ada, everything):
    baking = DeploymentFactory(baking=True)
    before = everything()
    for reason in ("", "  "):
        with pytest.raises(Refused) as refusal:
            machine.complete(baking.pk, actor=ada, reason=reason)
        assert refusal.value.code == "reason_missing_for_window"
    assert everything() == before
    done = machine.complete(baking.pk, actor=ada, reason="disk is full")
    assert (done.state, done.finished_at is not None) == ("completed", True)


def test_once_the_window_is_over_no_reason_is_needed(ada):
    baking = DeploymentFactory(baking=True, window_until=database.Now() - timedelta(seconds=1))
    assert machine.complete(baking.pk, actor=ada).state == "completed"


def test_the_system_does_not_close_it_early_either_without_a_code(monitor):
    baking = DeploymentFactory(baking=True)
    with pytest.raises(Refused):
        machine.complete(baking.pk, actor=monitor)


def test_a_recorded_deployment_can_be_dropped(ada):
    pending = DeploymentFactory(pending=True)
    cancelled = machine.cancel(pending.pk, actor=ada)
    assert (cancelled.state, cancelled.finished_at is not None) == ("cancelled", True)
