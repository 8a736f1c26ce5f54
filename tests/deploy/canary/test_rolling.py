"""The monitor over processes that an orchestrator replaces."""

from datetime import timedelta

import pytest
from django.db.models import F

from tests.core.outbound import servers
from tests.deploy.canary.scene import PERSON, Scene
from tests.deploy.canary.slices import take
from tests.deploy.factories import DeploymentFactory
from zdt_core import messages
from zdt_core.database import Now
from zdt_core.events import Event as Fact
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_deploy.canary import aftermath, orchestrator, rollback, signals
from zdt_deploy.deployments import batches, machine
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db
HERE = "tests.deploy.canary.test_rolling"
STEPS = [{"percentage": share, "bake_seconds": 300} for share in (25, 50, 100)]
heard = []


def hear(deployment_id, word, idempotency_key):
    heard.append((deployment_id, word, idempotency_key))


def deaf(deployment_id, word, idempotency_key):
    raise RuntimeError("nobody answers")


class Rolling(Scene):
    """Four processes of the old release, none of the new one."""

    def __init__(self, **plan):
        for number in range(3):
            self.process("1.0", f"old-{number}")
        super().__init__("rolling", **{"steps": STEPS, "patience_seconds": 300, **plan})

    def process(self, release, instance=None, **facts):
        if release == "2.0" and instance is None:
            return None  # the new release has no process when it starts
        return super().process(release, instance, **facts)

    def pass_time(self, seconds):
        super().pass_time(seconds)
        past = timedelta(seconds=seconds)
        Process.objects.update(joined_at=F("joined_at") - past)

    def replace(self, count):
        """So many old processes end, and new ones take their place."""
        ending = Process.objects.filter(release="1.0", left_at=None)
        for row in list(ending.order_by("instance")[:count]):
            Process.objects.filter(pk=row.pk).update(left_at=Now())
            self.process("2.0", f"new-{row.instance}")

    def put_back(self):
        Process.objects.filter(release="2.0").update(left_at=Now())
        for number in range(4):
            self.process("1.0", f"again-{number}")

    @property
    def gate(self):
        batch = batches.ask(self.deployment)
        return batch.answer.value, batch.finding.code, batch.most


@pytest.fixture(autouse=True)
def nobody_heard():
    heard.clear()


@pytest.fixture
def scene():
    return Rolling()


# ---- step by step ----


def test_zdt_publishes_no_split(scene):
    row = scene.share
    assert (row.stable_release, row.canary_release, row.percentage) == ("", "", 0)


def test_it_waits_for_the_orchestrator_as_long_as_it_takes(scene):
    scene.minutes(30)
    assert scene.state == State.SHIFTING
    assert scene.gate == ("open", "batch_open", 1)


def test_it_is_watched_once_the_steps_share_is_replaced(scene):
    scene.tick()
    assert scene.state == State.SHIFTING
    scene.replace(1)
    scene.tick()
    assert scene.state == State.OBSERVING
    assert scene.gate == ("closed", "batch_observed", 0)


def test_a_good_release_goes_up_batch_by_batch_until_all_are_replaced(scene):
    gates = []
    for count in (1, 1, 2):
        gates.append(scene.gate)
        scene.replace(count)
        scene.minutes(1)
        assert scene.state == State.OBSERVING
        scene.minutes(6)
    assert gates == [
        ("open", "batch_open", 1),
        ("open", "batch_open", 1),
        ("open", "batch_open", 2),
    ]
    assert scene.state == State.BAKING
    assert scene.share.stable_release == "2.0"
    assert scene.gate[1] == "batch_done"


def test_new_processes_are_compared_with_the_old_ones_by_their_real_share(scene):
    scene.replace(1)
    scene.minutes(3)
    assert (scene.last.outcome, scene.last.evidence["share"]) == ("ok", "25")
    assert scene.last.evidence["baseline"] == "concurrent"


def test_a_process_that_has_just_joined_is_not_called_silent(scene):
    scene.traffic.set("2.0", 0)
    scene.minutes(20)
    scene.pass_time(50)
    scene.replace(1)
    scene.pass_time(10)
    scene.tick()
    assert (scene.state, scene.last.outcome) == (State.OBSERVING, "waiting")


def test_a_process_that_nobody_reaches_goes_back(scene):
    scene.traffic.set("2.0", 0)
    scene.replace(1)
    scene.minutes(5)
    assert (scene.state, scene.deployment.code) == (State.ROLLING_BACK, "canary_silent")


def test_a_bad_batch_goes_back_before_the_next_one(scene):
    scene.traffic.set("2.0", 200, 60)
    scene.replace(1)
    scene.minutes(3)
    assert (scene.state, scene.deployment.code) == (State.ROLLING_BACK, "canary_errors_exceed")
    assert scene.gate == ("closed", "batch_going_back", 0)


def test_a_step_does_not_end_while_a_process_of_it_is_lost(scene):
    scene.replace(1)
    scene.minutes(2)
    Process.objects.filter(release="2.0").update(left_at=Now())
    scene.process("2.0", "new-late", draining=True)
    scene.minutes(6)
    assert (scene.state, scene.deployment.step) == (State.OBSERVING, 0)
    assert scene.gate[0] == "open"


def test_what_cannot_be_judged_is_held_and_goes_on_when_it_can(scene):
    scene.replace(1)
    scene.minutes(2)
    scene.traffic.away = True
    scene.minutes(2)
    assert (scene.state, scene.gate[1]) == (State.HELD, "batch_held")
    scene.traffic.away = False
    scene.minutes(2)
    assert scene.state == State.OBSERVING


def test_while_processes_are_replaced_blindness_shuts_the_gate_without_a_move(scene):
    scene.traffic.away = True
    scene.minutes(1)
    assert (scene.state, scene.gate[:2]) == (State.SHIFTING, ("unknown", "batch_blind"))
    scene.traffic.away = False
    scene.minutes(2)
    assert scene.gate[0] == "open"


def test_who_replaces_them_is_told_to_pause_while_nobody_can_judge(settings):
    settings.ZDT_ROLLING_CALLBACKS = [f"{HERE}.hear"]
    scene = Rolling()
    assert told(scene) == ["resume"]
    scene.traffic.away = True
    scene.minutes(2)
    assert (scene.state, told(scene)) == (State.SHIFTING, ["resume", "pause"])
    [fact] = Fact.objects.filter(kind=aftermath.LEFT_UNJUDGED)
    assert fact.code == "blind_while_replaced"
    assert "zdt has no hand on processes" in fact.sentence
    scene.traffic.away = False
    scene.minutes(2)
    assert told(scene) == ["resume", "pause", "resume"]
    assert len({key for _id, _word, key in heard}) == 3
    assert Fact.objects.filter(kind=aftermath.JUDGED_AGAIN).count() == 1


# ---- nobody watches for an hour ----


def test_there_is_no_switch_and_a_monitor_that_is_back_says_the_word_again(settings):
    settings.ZDT_ROLLING_CALLBACKS = [f"{HERE}.hear"]
    scene = Rolling()
    told(scene)
    scene.replace(4)  # all of them, as nobody stopped it
    scene.pass_time(3600)
    assert scene.gate[0] != "open"
    scene.tick()
    assert (scene.state, told(scene)) == (State.OBSERVING, ["resume", "pause"])
    scene.pass_time(3600)
    scene.tick()
    assert told(scene) == ["resume", "pause", "pause"], "it may not have heard, or not remember"


def test_what_is_found_broken_then_goes_back_by_the_hook(settings):
    settings.ZDT_ROLLBACK_CALLBACKS = ["tests.deploy.canary.test_rollback.note"]
    scene = Rolling()
    scene.replace(2)
    scene.traffic.set("2.0", 900, 300)
    scene.pass_time(3600)
    scene.tick()
    assert scene.state == State.ROLLING_BACK
    scene.go_back()
    assert scene.run(rollback.KIND).cursor["done"] == settings.ZDT_ROLLBACK_CALLBACKS


def test_what_cannot_be_judged_then_goes_back_by_the_hook_below_half(settings):
    scene = Rolling()
    scene.replace(1)
    scene.minutes(2)
    scene.traffic.away = True
    scene.pass_time(3600)
    scene.tick()
    assert (scene.state, scene.deployment.code) == (State.ROLLING_BACK, "blind_too_long")
    assert scene.run(rollback.KIND).state == Run.State.READY


def test_no_router_has_to_acknowledge_anything(scene):
    scene.replace(1)
    scene.minutes(1)
    assert scene.state == State.OBSERVING
    assert Process.objects.filter(acknowledged={}).count() == Process.objects.count()


# ---- the way back ----


def test_a_rollback_is_done_once_the_fleet_has_nothing_of_the_new_release(scene):
    scene.replace(2)
    scene.minutes(1)
    scene.act("roll_back", reason="support is flooded")
    assert not scene.go_back().is_final
    assert scene.state == State.ROLLING_BACK
    scene.put_back()
    scene.go_back()
    assert scene.state == State.ROLLED_BACK
    assert scene.share.stable_release == "1.0"


def test_a_silent_process_of_the_new_release_may_still_serve(scene, settings):
    scene.replace(1)
    scene.act("roll_back", reason="slow")
    settings.ZDT_FLEET_SILENT_AFTER = 0.001
    scene.go_back()
    assert scene.state == State.ROLLING_BACK


def test_it_is_not_done_while_nothing_serves_at_all(scene):
    scene.act("roll_back", reason="slow")
    Process.objects.update(left_at=Now())
    scene.go_back()
    assert scene.state == State.ROLLING_BACK


def test_processes_that_stay_need_a_person(scene):
    scene.replace(2)
    scene.act("roll_back", reason="slow")
    scene.pass_time(1000)
    scene.go_back()
    row = scene.deployment
    assert (row.state, row.code, row.params["left"]) == (State.STUCK, "rollback_not_replaced", 2)
    said = messages.text(row.code, row.params)
    assert "2 processes are still of 2.0 and 2 serve the release before" in said
    scene.put_back()
    scene.act("retry")
    scene.go_back()
    assert scene.state == State.ROLLED_BACK


def test_the_rollback_callbacks_are_called_as_always(scene, settings):
    settings.ZDT_ROLLBACK_CALLBACKS = ["tests.deploy.canary.test_rollback.note"]
    scene.act("roll_back", reason="slow")
    scene.go_back()
    assert scene.run(rollback.KIND).cursor["done"] == settings.ZDT_ROLLBACK_CALLBACKS


# ---- pause and resume, by hook ----


@pytest.mark.parametrize(
    ("state", "word"),
    [("shifting", "resume"), ("observing", "pause"), ("paused", "pause"), ("held", "pause"),
     ("pending", ""), ("rolling_back", ""), ("baking", ""), ("completed", "")],
)  # fmt: skip
def test_each_state_has_its_word(state, word):
    assert orchestrator.word_of(state) == word
    assert orchestrator.word_of(state, blind=True) == (word and "pause")


def told(scene):
    """A slice of the telling; the words that were heard."""
    orchestrator.follow(take(orchestrator.KIND, scene.id))
    return [word for _id, word, _key in heard]


def test_the_orchestrator_is_told_each_change_once(settings):
    settings.ZDT_ROLLING_CALLBACKS = [f"{HERE}.hear"]
    scene = Rolling()
    assert told(scene) == ["resume"]
    scene.act("pause", reason="lunch")
    assert told(scene) == ["resume", "pause"]
    scene.act("resume")
    assert told(scene) == ["resume", "pause", "resume"]
    assert len({key for _id, _word, key in heard}) == 3
    assert scene.run(orchestrator.KIND).state == Run.State.SUCCEEDED


def test_a_word_that_was_overtaken_is_not_told(settings):
    settings.ZDT_ROLLING_CALLBACKS = [f"{HERE}.hear"]
    scene = Rolling()
    scene.act("pause", reason="lunch")
    assert told(scene) == ["pause"]


def test_one_that_fails_is_tried_again_and_told_of_once(settings):
    settings.ZDT_ROLLING_CALLBACKS = [f"{HERE}.deaf", f"{HERE}.hear"]
    settings.ZDT_ROLLBACK_ATTEMPTS = 2
    scene = Rolling()
    pauses = [orchestrator.follow(take(orchestrator.KIND, scene.id)).seconds for _ in range(3)]
    assert pauses == [1, 2, 4]
    assert len(heard) == 1
    [fact] = Fact.objects.filter(kind=orchestrator.DEAF)
    assert "nobody answers" in messages.text(fact.code, fact.params)


def test_a_url_gets_the_word_by_post(settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with servers.listening() as there:
        there.answer(200)
        settings.ZDT_ROLLING_CALLBACKS = [f"{there.url}/hooks/secret"]
        scene = Rolling()
        orchestrator.follow(take(orchestrator.KIND, scene.id))
    [body] = there.bodies
    assert (body["event"], body["word"]) == ("deployment.resume", "resume")
    assert (body["deployment_id"], "secret" in body["idempotency_key"]) == (scene.id, False)


def test_a_signal_carries_the_word_too(django_capture_on_commit_callbacks):
    words = []

    def listen(sender, deployment_id, word, **kwargs):
        words.append(word)

    signals.word_given.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            scene = Rolling()
            scene.act("pause")
    finally:
        signals.word_given.disconnect(listen)
    assert words == ["resume", "pause"]


def test_a_canary_tells_no_orchestrator(settings):
    settings.ZDT_ROLLING_CALLBACKS = [f"{HERE}.hear"]
    row = DeploymentFactory()
    machine.pause(row.pk, actor=PERSON)
    assert not Run.objects.filter(kind=orchestrator.KIND).exists()
