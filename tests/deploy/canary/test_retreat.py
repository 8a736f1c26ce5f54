"""One region goes back and the others stay: callbacks and routers as in a whole rollback."""

from datetime import timedelta

import pytest

from tests.deploy.canary.regional import Regional
from tests.deploy.canary.slices import take
from zdt_core import messages
from zdt_core.database import Now
from zdt_core.events import Event as Fact
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_core.notify.models import Notification
from zdt_deploy.canary import rollback, signals
from zdt_deploy.canary.jobs import watch_the_unwatched
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db
HERE = "tests.deploy.canary.test_retreat"
calls = []


def note(deployment_id, region, idempotency_key):
    calls.append((deployment_id, region, idempotency_key))


def fail(deployment_id, region, idempotency_key):
    raise RuntimeError("nobody answers")


class Retreating(Regional):
    """Both regions have users, and eu was sent back by a person just now."""

    def __init__(self, **plan):
        super().__init__(**plan)
        self.arrive()
        self.enter()
        self.take_back()

    def take_back(self):
        self.act("take_back", region="eu", reason="slow there")

    def go_back(self):
        """One slice of what remains."""
        return rollback.go_back(take(rollback.KIND, rollback.key(self.deployment, "eu")))

    def told(self):
        rows = Fact.objects.filter(kind__in=(rollback.RETURNED, rollback.NOT_RETURNED))
        return list(rows.order_by("id").values_list("code", flat=True))

    def behind(self, *instances):
        """All have followed but these."""
        self.follow()
        Process.objects.filter(instance__in=instances).update(acknowledged={"share:shop": 1})


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


@pytest.fixture
def scene(settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.note"]
    return Retreating()


def test_callbacks_are_called_once_and_told_the_region(scene):
    scene.follow()
    assert scene.go_back().is_final
    [(deployment, region, key)] = calls
    assert (deployment, region) == (scene.id, "eu")
    assert key.startswith(f"{scene.id}/eu/")
    assert scene.told() == ["region_returned"]
    assert scene.state == State.PAUSED, "the others keep their share, and wait for a person"


def test_only_the_routers_of_the_region_are_waited_for(scene):
    scene.behind("of-1.0", "of-2.0")  # those of the other one
    assert scene.go_back().is_final
    assert scene.told() == ["region_returned"]


def test_it_is_not_back_while_a_router_there_is_behind(scene):
    scene.behind("eu-1.0")
    scene.pass_time(300)
    assert not scene.go_back().is_final
    assert scene.told() == []


def test_routers_that_do_not_follow_are_named_and_looked_for_until_they_do(scene):
    scene.behind("eu-1.0")
    scene.pass_time(901)
    pauses = [scene.go_back().seconds for _look in range(2)]
    assert (pauses, scene.told()) == ([60, 60], ["retreat_not_followed"])
    fact = Fact.objects.get(kind=rollback.NOT_RETURNED)
    assert fact.params["instances"] == ["eu-1.0"]
    assert messages.text(fact.code, fact.params).startswith("Stable was published for eu 901 s ago")
    assert Notification.objects.filter(kind="deployment.region_not_returned").exists()
    assert scene.state == State.PAUSED, "and is watched all the while"

    scene.follow()
    assert scene.go_back().is_final
    assert scene.told() == ["retreat_not_followed", "region_returned"]


def test_a_silent_router_is_waited_for_until_its_share_has_lapsed(scene):
    scene.behind()
    silent = {"acknowledged": {"share:shop": 1}, "seen_at": Now() - timedelta(seconds=60)}
    scene.pass_time(60)
    Process.objects.filter(instance="eu-1.0").update(**silent)
    assert not scene.go_back().is_final
    key = rollback.key(scene.deployment, "eu")
    run = Run.objects.get(key=key)
    past = scene.deployment.started_at.isoformat()
    Run.objects.filter(pk=run.pk).update(params={**run.params, "old_valid_until": past})
    assert scene.go_back().is_final


@pytest.mark.parametrize(
    ("shares", "whole", "region"),
    [((20, 20), True, True), ((20, 60), False, False), ((60, 20), False, True)],
)
def test_a_share_that_held_lapses_for_nobody_who_is_silent(shares, whole, region):
    """That another region's lapses says nothing of a router that holds."""
    steps = [
        {"region": name, "percentage": share, "bake_seconds": 300}
        for name, share in zip(("default", "eu"), shares, strict=True)
    ]
    scene = Retreating(steps=[*steps, {"percentage": 100, "bake_seconds": 300}])
    eu = Run.objects.get(kind=rollback.KIND)
    assert (eu.params["old_valid_until"] is not None) is region
    scene.act("resume")
    scene.act("roll_back", reason="no")
    everyone = Run.objects.get(kind=rollback.KIND, key=scene.id)
    assert (everyone.params["old_valid_until"] is not None) is whole


def test_a_callback_that_fails_is_told_of_and_tried_on(scene, settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.fail"]
    settings.ZDT_ROLLBACK_ATTEMPTS = 2
    scene.follow()
    assert [scene.go_back().seconds for _attempt in range(3)] == [1, 60, 60]
    assert scene.told() == ["retreat_callback_failed"]
    assert "RuntimeError: nobody answers" in Fact.objects.get(kind=rollback.NOT_RETURNED).sentence
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.note"]
    assert scene.go_back().is_final
    assert scene.told()[-1] == "region_returned"


def test_who_resumes_ends_it_and_a_second_retreat_is_another_one(scene):
    scene.follow()
    scene.go_back()
    scene.act("resume")
    late = Run.objects.get(kind=rollback.KIND).key
    scene.take_back()
    assert rollback.key(scene.deployment, "eu") != late
    scene.follow()
    scene.go_back()
    assert len({key for _id, _region, key in calls}) == 2


def test_a_slice_for_a_region_that_is_tried_again_does_nothing(scene):
    late = take(rollback.KIND, rollback.key(scene.deployment, "eu"))
    scene.act("resume")
    assert rollback.go_back(late).is_final
    assert (calls, scene.told()) == ([], [])


def test_once_everyone_goes_back_the_whole_rollback_has_the_rest(scene):
    late = take(rollback.KIND, rollback.key(scene.deployment, "eu"))
    scene.act("roll_back", reason="all of it")
    assert rollback.go_back(late).is_final
    scene.follow()
    rollback.go_back(take(rollback.KIND, scene.id))
    assert scene.state == State.ROLLED_BACK
    assert calls == [(scene.id, "", f"{scene.id}:{HERE}.note")]


def test_the_site_hears_of_it(scene, django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, deployment_id, region, **kwargs):
        heard.append((deployment_id, region))

    signals.rolled_back.connect(listen)
    scene.follow()
    try:
        with django_capture_on_commit_callbacks(execute=True):
            scene.go_back()
    finally:
        signals.rolled_back.disconnect(listen)
    assert heard == [(scene.id, "eu")]


def test_a_run_that_was_lost_begins_again_and_one_that_is_done_does_not(scene):
    key = rollback.key(scene.deployment, "eu")
    Run.objects.filter(key=key).update(state=Run.State.CANCELLED)
    watch_the_unwatched()
    scene.follow()
    assert scene.go_back().is_final
    watch_the_unwatched()
    assert not Run.objects.filter(key=key, state=Run.State.READY).exists()


def test_by_the_plan_the_monitor_takes_a_region_back_in_the_same_way(settings):
    settings.ZDT_ROLLBACK_CALLBACKS = [f"{HERE}.note"]
    scene = Regional(rollback_scope="region")
    scene.arrive()
    scene.enter()
    scene.there.set("2.0", 200, 60)
    scene.minutes(2)
    run = Run.objects.get(kind=rollback.KIND)
    assert run.key == rollback.key(scene.deployment, "eu")
    assert run.params["old_valid_until"] is not None
