"""A balancer kept at the share, and what a deployment waits for."""

from datetime import timedelta

import pytest

from tests.deploy.canary.scene import Scene
from tests.deploy.canary.slices import take
from tests.deploy.canary.sources.hostile import KEY
from tests.deploy.canary.traffic.cloud import pretend
from zdt_core import messages
from zdt_core.database import Now
from zdt_core.events import Event
from zdt_core.jobs import leases
from zdt_core.jobs.models import Lease, Run
from zdt_core.notify.models import Notification
from zdt_deploy.canary import followers
from zdt_deploy.canary.models import BalancerState, TrafficShare
from zdt_deploy.canary.traffic.cloud import applying, standing
from zdt_deploy.canary.traffic.cloud.jobs import keep_looking
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db
RUN = "test/shop/edge"


@pytest.fixture
def balancer(monkeypatch):
    monkeypatch.setattr(pretend, "balancer", pretend.Balancer())
    return pretend.balancer


@pytest.fixture
def scene(balancer, settings):
    """At 5 %, published just now, with every process following."""
    settings.ZDT_TRAFFIC = {"edge": {**pretend.SETTING["edge"], "SERVICE": "shop"}}
    scene = Scene()
    keep_looking()
    scene.follow()
    return scene


def look():
    return applying.look(take(applying.KIND, RUN))


def row():
    return BalancerState.objects.get()


def events(*kinds):
    return list(
        Event.objects.filter(subject_type="balancer").order_by("id").values_list("kind", flat=True)
    )


def later(seconds):
    """The trouble is older than it is."""
    past = timedelta(seconds=seconds)
    BalancerState.objects.update(failing_since=Now() - past)


# ---- setting and confirming ----


def test_what_is_published_is_set_read_back_and_confirmed(scene, balancer):
    then = look()
    assert (balancer.does.canary, balancer.does.threshold) == ("2.0", 5_000)
    assert (row().epoch, row().percentage, row().code) == (scene.share.epoch, 5, "")
    assert events() == ["traffic.applied"]
    assert then.seconds == 10


def test_a_second_look_changes_nothing_and_tells_nothing(scene, balancer):
    look()
    look()
    assert balancer.asked == ["5.000"]
    assert events() == ["traffic.applied"]


def test_a_deployment_stays_shifting_until_the_balancer_confirms(scene):
    scene.tick()
    assert scene.state == State.SHIFTING
    look()
    scene.tick()
    assert scene.state == State.OBSERVING


def test_processes_alone_are_not_enough_however_long_ago_it_was(scene):
    scene.pass_time(300)
    assert "edge" in followers.of("test", "shop", scene.share.epoch).behind


def test_one_that_never_confirms_holds_the_deployment_with_its_reason(scene, balancer):
    balancer.trouble = trouble = pretend.denied()
    for _minute in range(12):
        scene.pass_time(60)
        look()
        scene.tick()
    assert (scene.state, scene.deployment.code) == (State.HELD, "balancer_behind")
    text = messages.text(scene.deployment.code, scene.deployment.params)
    assert str(trouble) in text


def test_one_that_takes_a_change_and_drops_it_is_found(scene, balancer):
    balancer.deaf = True
    look()
    assert row().code == "balancer_does_not_apply"
    scene.tick()
    assert scene.state == State.SHIFTING


def test_what_somebody_else_changes_is_mended_at_the_next_look(scene, balancer):
    look()
    balancer.does = None
    look()
    assert balancer.does.threshold == 5_000


def test_that_somebody_else_changes_it_is_told_once_for_each_share(scene, balancer):
    look()
    for _time in range(2):
        balancer.does = None
        look()
    assert events() == ["traffic.applied"] * 2
    assert "Does somebody else change it" in Event.objects.latest("id").sentence
    assert row().code == ""


def test_a_confirmation_that_nobody_has_renewed_for_long_counts_no_more(scene):
    look()
    BalancerState.objects.update(looked_at=Now() - timedelta(seconds=100))
    assert standing.troubles("test", "shop")[0].code == "balancer_unasked"
    assert "edge" in followers.of("test", "shop", 1).behind


def test_a_share_that_has_lapsed_is_taken_out_by_the_next_look(scene, balancer):
    look()
    scene.pass_time(181)
    then = look()
    assert balancer.does.threshold == 0
    assert row().shut
    assert events() == ["traffic.applied", "traffic.shut"]
    assert then.seconds == 60


def test_a_look_comes_in_time_for_the_end_of_the_share(scene):
    scene.pass_time(177)
    assert look().seconds < 4


def test_a_setting_that_cannot_be_read_keeps_everything_where_it_is(scene, settings):
    settings.ZDT_TRAFFIC = {"edge": {"BACKEND": 1}}
    found = followers.of("test", "shop", scene.share.epoch)
    assert found.behind == ("ZDT_TRAFFIC",)
    scene.tick()
    assert scene.state == State.SHIFTING


def test_a_driver_that_raises_whatever_it_likes_ends_nothing(scene, balancer):
    balancer.trouble = RuntimeError("oops")
    look()
    assert row().params["reason"] == "RuntimeError: oops"


def test_keys_of_a_driver_of_ones_own_are_told_to_nobody(scene, balancer, settings, caplog):
    options = {"OPTIONS": {"api_key": KEY}, "SERVICE": "shop"}
    settings.ZDT_TRAFFIC = {"edge": {**pretend.SETTING["edge"], **options}}
    balancer.trouble = RuntimeError(f"403 for https://b.example/?k={KEY}")
    look()
    assert row().params["reason"] == "RuntimeError: 403 for https://b.example/?k=…"
    assert "RuntimeError at " in caplog.text
    assert KEY not in caplog.text


# ---- rolling back ----


@pytest.fixture
def going_back(scene):
    look()
    scene.arrive()
    scene.act("roll_back", reason="support is flooded")
    scene.follow()
    return scene


def test_a_rollback_is_finished_once_the_balancer_has_confirmed(going_back, balancer):
    going_back.go_back()
    assert going_back.state == State.ROLLING_BACK
    look()
    going_back.go_back()
    assert balancer.does.threshold == 0
    assert going_back.state == State.ROLLED_BACK


def test_a_missing_permission_makes_it_stuck_at_once_with_a_plain_reason(going_back, balancer):
    balancer.trouble = pretend.denied()
    look()
    going_back.pass_time(16)
    going_back.go_back()
    assert (going_back.state, going_back.deployment.code) == (State.STUCK, "rollback_not_applied")
    text = messages.text(going_back.deployment.code, going_back.deployment.params)
    assert "elasticloadbalancing:ModifyRule" in text
    balancer.trouble = None
    look()
    going_back.act("retry")
    going_back.go_back()
    assert going_back.state == State.ROLLED_BACK


def test_throttling_is_waited_for(going_back, balancer):
    balancer.trouble = pretend.throttled()
    look()
    going_back.pass_time(300)
    look()
    going_back.go_back()
    assert going_back.state == State.ROLLING_BACK
    going_back.pass_time(700)
    look()
    going_back.go_back()
    assert going_back.state == State.STUCK


# ---- what people hear ----


def test_a_trouble_that_passes_by_itself_is_told_once_it_lasts_and_when_it_is_over(scene, balancer):
    balancer.trouble = pretend.throttled()
    pauses = [look().seconds for _attempt in range(5)]
    assert pauses == [1, 2, 4, 8, 10]
    assert events() == []
    later(16)
    look()
    look()
    assert events() == ["traffic.not_applied"]
    balancer.trouble = None
    look()
    assert events() == ["traffic.not_applied", "traffic.applied"]


def test_one_that_needs_a_person_is_told_at_once(scene, balancer):
    balancer.trouble = pretend.denied()
    assert look().seconds == 10
    found = Event.objects.get(kind="traffic.not_applied")
    assert "elasticloadbalancing:ModifyRule" in found.sentence
    letter = Notification.objects.filter(kind="traffic.not_applied").first()
    assert letter is not None
    assert "edge" in letter.text


# ---- who looks ----


def test_a_published_share_wakes_the_run_after_the_commit(
    scene, django_capture_on_commit_callbacks
):
    look()
    with django_capture_on_commit_callbacks(execute=True):
        scene.act("roll_back", reason="no")
    assert Run.objects.get(kind=applying.KIND).due_at <= Run.objects.get(kind=applying.KIND).rung_at


def test_the_ticker_starts_a_run_that_was_lost(scene):
    Run.objects.filter(kind=applying.KIND).update(state=Run.State.CANCELLED)
    keep_looking()
    keep_looking()
    live = Run.objects.filter(kind=applying.KIND, state=Run.State.READY)
    assert [run.key for run in live] == [RUN]


def test_nobody_looks_before_a_share_was_published(scene):
    Run.objects.filter(kind=applying.KIND).delete()
    TrafficShare.objects.update(epoch=0)
    keep_looking()
    assert not Run.objects.filter(kind=applying.KIND).exists()


def test_a_balancer_that_is_configured_no_more_is_forgotten(scene, settings):
    look()
    settings.ZDT_TRAFFIC = {}
    assert standing.of("test", "shop") == []
    assert look().is_final
    assert not BalancerState.objects.exists()


def test_one_whose_run_was_lost_is_forgotten_by_the_next(scene, settings):
    look()
    Run.objects.filter(kind=applying.KIND).update(state=Run.State.CANCELLED)
    settings.ZDT_TRAFFIC = {}
    keep_looking()
    assert look().is_final
    assert not BalancerState.objects.exists()


def test_a_worker_of_another_environment_leaves_the_run_and_counts_the_balancer(scene, settings):
    look()
    settings.ZDT_ENVIRONMENT = "staging"
    assert look().seconds == 1
    assert "edge" in followers.of("test", "shop", 1).followed
    assert "edge" in followers.of("test", "shop", 2).behind


def test_nobody_else_changes_the_balancer_meanwhile(scene, balancer):
    name = f"balancer:{RUN}"
    leases.hold(name, 30)
    Lease.objects.filter(name=name).update(holder="somebody else")
    assert look().seconds == 1
    assert balancer.asked == []


def test_a_look_that_was_overtaken_by_a_newer_share_writes_nothing(scene):
    look()
    BalancerState.objects.update(epoch=99)
    look()
    assert row().epoch == 99


def test_two_runs_never_say_more_than_what_is_applied(scene, balancer):
    """Killed between the change and its record: the next look finds it done and says so once."""
    work = take(applying.KIND, RUN)

    class Killed(BaseException):
        pass

    def die():
        raise Killed

    work.commit = die
    with pytest.raises(Killed):
        applying.look(work)
    assert balancer.does.threshold == 5_000
    assert not BalancerState.objects.exists()
    look()
    assert balancer.asked == ["5.000"]
    assert row().epoch == scene.share.epoch


def test_another_environment_has_no_balancers(scene):
    assert standing.of("staging", "shop") == []
