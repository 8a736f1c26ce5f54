"""The rest of a rollback: callbacks until they succeed, routers until they follow."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.core.outbound import servers
from tests.core.pulse.waiting import until
from tests.deploy.canary.scene import Scene
from tests.deploy.canary.slices import take
from zdt_core import database, fleet, messages
from zdt_core.events import Actor
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_core.jobs.slices import Slice
from zdt_deploy.canary import callbacks, rollback, signals
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db
HERE = "tests.deploy.canary.test_rollback"
calls = []


def note(deployment_id, region, idempotency_key):
    calls.append((deployment_id, idempotency_key))


def note_too(deployment_id, region, idempotency_key):
    calls.append((deployment_id, idempotency_key))


def fail(deployment_id, region, idempotency_key):
    calls.append((deployment_id, idempotency_key))
    raise RuntimeError("nobody answers")


leases = []


def work_for_two_renewals(deployment_id, region, idempotency_key):
    there = len(leases)
    until(lambda: len(leases) >= there + 2)
    calls.append((deployment_id, idempotency_key))


let_go = threading.Event()


def hang(deployment_id, region, idempotency_key):
    assert let_go.wait(60)


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


@pytest.fixture
def scene():
    """At 5 %, and sent back by a person just now; every router has followed."""
    scene = Scene()
    scene.arrive()
    scene.act("roll_back", reason="support is flooded")
    scene.follow()
    return scene


def test_everyone_is_on_stable_before_anything_else_is_done(scene):
    assert (scene.state, scene.share.percentage, scene.share.epoch) == (State.ROLLING_BACK, 0, 2)
    assert scene.share.valid_until is None


def test_a_rollback_is_finished_once_every_router_has_followed(scene):
    then = scene.go_back()
    assert (scene.state, then.is_final) == (State.ROLLED_BACK, True)
    assert (scene.deployment.code, scene.deployment.params["reason"]) == (
        "person_said", "support is flooded",
    )  # fmt: skip
    assert scene.run(rollback.KIND).state == Run.State.SUCCEEDED


def test_callbacks_get_the_deployment_and_a_key_that_stays_the_same(scene, settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.note"]
    scene.go_back()
    assert calls == [(scene.id, f"{scene.id}:{HERE}.note")]
    assert scene.state == State.ROLLED_BACK


def test_a_callback_that_fails_is_tried_again_later_and_the_others_are_not(scene, settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.fail", f"{HERE}.note"]
    pauses = [scene.go_back().seconds for _attempt in range(4)]
    assert pauses == [1, 2, 4, 8]
    assert [key for _, key in calls].count(f"{scene.id}:{HERE}.note") == 1
    assert [key for _, key in calls].count(f"{scene.id}:{HERE}.fail") == 4
    assert scene.state == State.ROLLING_BACK


def test_a_url_is_told_by_post_and_its_secret_stays_out_of_the_record(scene, settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with servers.listening() as heard:
        heard.answer(503)
        heard.answer(200)
        settings.ZDT_ROLLBACK_CALLBACKS = [f"{heard.url}/hooks/secret"]
        scene.go_back()
        assert scene.state == State.ROLLING_BACK
        scene.go_back()
    (first, again), cursor = heard.bodies, str(scene.run(rollback.KIND).cursor)
    assert (first["deployment_id"], first == again) == (scene.id, True)
    assert heard.requests[0][2]["Idempotency-Key"] == first["idempotency_key"]
    assert scene.state == State.ROLLED_BACK
    assert "answered with status 503" in cursor
    assert "secret" not in cursor + first["idempotency_key"]


def test_pauses_have_a_limit(settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.fail"]
    assert callbacks.pause({"attempts": {f"{HERE}.fail": 30}}) == 60


def test_too_many_failures_need_a_person_who_is_told_what_is_so(scene, settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.fail"]
    settings.ZDT_ROLLBACK_ATTEMPTS = 2
    scene.go_back()
    assert scene.go_back().is_final
    assert (scene.state, scene.deployment.code) == (State.STUCK, "rollback_callback_failed")
    text = messages.text(scene.deployment.code, scene.deployment.params)
    assert "Everyone is on stable" in text
    assert "failed 2 times: RuntimeError: nobody answers" in text
    assert scene.share.percentage == 0


def test_a_retry_repeats_what_failed_and_only_that(scene, settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.note", f"{HERE}.fail"]
    settings.ZDT_ROLLBACK_ATTEMPTS = 1
    scene.go_back()
    assert scene.state == State.STUCK
    calls.clear()
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.note", f"{HERE}.note_too"]
    scene.act("retry")
    scene.go_back()
    assert [key for _, key in calls] == [f"{scene.id}:{HERE}.note_too"]
    assert (scene.state, scene.deployment.code) == (State.ROLLED_BACK, "person_said")


def test_an_attempt_is_counted_before_the_call(scene, settings, monkeypatch):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.note"]

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(callbacks, "call", die)
    with pytest.raises(Killed):
        scene.go_back()
    assert scene.run(rollback.KIND).cursor["attempts"] == {f"{HERE}.note": 1}


def test_a_callback_that_takes_too_long_counts_as_failed(scene, settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.hang"]
    settings.ZDT_SLICE_SECONDS = 0.1
    work = take(rollback.KIND, scene.id)
    callbacks.attempt(work, f"{HERE}.hang")
    assert "TooSlow" in work.cursor["errors"][f"{HERE}.hang"]
    assert callbacks.pending(work.cursor) == [f"{HERE}.hang"]
    let_go.set()  # so that its thread, and its connection, end with the test
    for thread in threading.enumerate():
        if thread.name == "zdt rollback callback":
            thread.join(60)


def test_the_lease_is_kept_while_a_callback_works(scene, settings, monkeypatch):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.work_for_two_renewals"]
    settings.ZDT_MONITOR_LEASE_SECONDS = 0.15
    leases.clear()
    commit = Slice.commit

    @contextmanager
    def noted(work):
        with commit(work) as save:
            yield save
        leases.append(scene.run(rollback.KIND).lease_until)

    monkeypatch.setattr(Slice, "commit", noted)
    scene.go_back()
    assert scene.state == State.ROLLED_BACK
    assert len(calls) == 1
    held = [lease for lease in leases if lease is not None]
    assert len(held) >= 3
    assert held == sorted(set(held))


def test_a_callback_that_is_not_there_is_a_failure_like_any_other(scene, settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.gone"]
    scene.go_back()
    assert "ImportError" in scene.run(rollback.KIND).cursor["errors"][f"{HERE}.gone"]


# ---- routers ----


def test_a_router_that_is_behind_keeps_the_rollback_open(scene):
    Process.objects.filter(release="1.0").update(acknowledged={"share:shop": 1})
    scene.pass_time(300)
    then = scene.go_back()
    assert (scene.state, then.is_final) == (State.ROLLING_BACK, False)


def test_routers_that_never_follow_need_a_person(scene):
    Process.objects.filter(release="1.0").update(acknowledged={"share:shop": 1})
    scene.pass_time(901)
    scene.go_back()
    assert (scene.state, scene.deployment.code) == (State.STUCK, "rollback_not_followed")
    assert scene.deployment.params["instances"] == ["of-1.0"]


def test_a_proxy_that_does_not_apply_0_percent_is_named_with_its_reason(scene):
    trouble = {"code": "proxy_refused", "params": {"proxy": "nginx at :1", "answer": "no"}}
    facts = {"proxy": {"name": "nginx at :1", "trouble": trouble}}
    stuck_at = {"role": "router", "acknowledged": {"share:shop": 1}, "facts": facts}
    Process.objects.filter(release="1.0").update(**stuck_at)
    scene.pass_time(901)
    scene.go_back()
    code, params = scene.deployment.code, scene.deployment.params
    assert (scene.state, code) == (State.STUCK, "rollback_not_applied")
    assert "nginx at :1 did not take the share: no. Mend that" in messages.text(code, params)


def test_a_proxy_whose_agent_has_long_been_dead_may_hold_users_until_its_host_is_gone(scene):
    """From 50 % up it goes on without the agent, so nobody has gone back because that is gone."""
    agent = scene.process("1.0", "agent", acknowledged={"share:shop": 1})
    Process.objects.filter(pk=agent.pk).update(
        role="router", facts={"proxy": {"holds": "2.0"}},
        seen_at=database.Now() - timedelta(seconds=1200),
    )  # fmt: skip
    assert fleet.member("agent").standing is fleet.Standing.GONE
    scene.go_back()
    assert scene.state == State.ROLLING_BACK

    fleet.forget("agent", actor=Actor.system("test"), reason="its host was taken down")
    scene.go_back()
    assert scene.state == State.ROLLED_BACK


def test_a_silent_process_is_waited_for_until_the_old_share_has_lapsed(scene):
    scene.pass_time(60)
    silent = {"acknowledged": {"share:shop": 1}, "seen_at": database.Now() - timedelta(seconds=60)}
    Process.objects.filter(release="1.0").update(**silent)
    scene.go_back()
    assert scene.state == State.ROLLING_BACK
    run = scene.run(rollback.KIND)
    past = scene.deployment.started_at.isoformat()
    Run.objects.filter(pk=run.pk).update(params={**run.params, "old_valid_until": past})
    scene.go_back()
    assert scene.state == State.ROLLED_BACK


def test_the_validity_of_the_old_share_is_remembered(scene):
    assert scene.run(rollback.KIND).params["old_valid_until"] is not None


# ---- edges ----


def test_the_site_hears_of_it(scene, django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, deployment_id, **kwargs):
        heard.append(deployment_id)

    def break_down(sender, deployment_id, **kwargs):
        raise RuntimeError("a receiver's error stops nobody")

    signals.rolled_back.connect(break_down)
    signals.rolled_back.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            scene.go_back()
    finally:
        signals.rolled_back.disconnect(listen)
        signals.rolled_back.disconnect(break_down)
    assert heard == [scene.id]


def test_a_slice_that_comes_too_late_does_nothing(scene):
    late = take(rollback.KIND, scene.id)
    scene.go_back()
    assert rollback.go_back(late).is_final
    assert scene.state == State.ROLLED_BACK


def test_a_move_whose_followers_fail_is_undone_with_its_share(monkeypatch):
    scene = Scene()

    def no_room(*args, **kwargs):
        raise RuntimeError("no room for a run")

    monkeypatch.setattr(rollback.jobs, "start", no_room)
    with pytest.raises(RuntimeError, match="no room"):
        scene.act("roll_back", reason="no")
    assert (scene.state, scene.share.percentage) == (State.SHIFTING, 5)
