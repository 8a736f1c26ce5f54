"""What people are told of a deployment, and when it is over."""

import pytest
from django.db import transaction

from tests.deploy.canary.scene import Scene
from zdt_core import database, events
from zdt_core.exceptions import Refused
from zdt_core.notify.models import Notification
from zdt_deploy import notices
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db


def told(kind):
    """The rows of one topic: action and severity, oldest first."""
    rows = Notification.objects.filter(kind=kind).order_by("pk")
    return [(row.action, row.severity) for row in rows]


def newest(kind):
    return Notification.objects.filter(kind=kind).latest("pk")


@pytest.fixture
def scene():
    scene = Scene()
    scene.arrive()
    return scene


def test_the_start_is_told_with_its_version_and_share(scene):
    row = newest("deployment.started")
    assert (row.severity, row.text) == (
        "info", "2.0 of shop in test is on its way, with a first step of 5 %.",
    )  # fmt: skip
    assert row.facts["version"] == "2.0"


def test_a_rollback_is_told_with_its_reason_and_where_everybody_is(scene, settings):
    settings.ZDT_CONSOLE_URL = "https://shop.example.com"
    scene.traffic.set("2.0", 200, 40)
    scene.minutes(2)
    assert scene.state == State.ROLLING_BACK
    row = newest("deployment.rolled_back")
    assert (row.severity, row.text) == ("warning", "2.0 of shop in test goes back to 1.0.")
    assert "everyone is on" not in row.text + row.cure
    assert "requests failed on the new release" in row.why
    assert row.url == f"https://shop.example.com/admin/zdt_deploy/deployment/{scene.id}/change/"
    scene.follow()
    scene.go_back()
    assert told("deployment.rolled_back") == [("opened", "warning"), ("resolved", "warning")]
    assert "was rolled back: everyone is on 1.0." in newest("deployment.rolled_back").text


def test_blindness_below_half_is_a_warning_that_ends_when_it_is_seen_again(scene):
    scene.minutes(1)
    scene.traffic.away = True
    scene.minutes(1)
    assert told("deployment.held") == [("opened", "warning")]
    scene.traffic.away = False
    scene.minutes(2)
    assert told("deployment.held") == [("opened", "warning"), ("resolved", "warning")]
    assert told("deployment.blind") == []


@pytest.fixture
def at_half():
    scene = Scene(
        steps=[{"percentage": share, "bake_seconds": 300} for share in (50, 100)],
        patience_seconds=300,
    )
    scene.arrive()
    return scene


def test_blindness_from_half_up_wakes_somebody_until_it_is_seen_again(at_half):
    at_half.traffic.away = True
    at_half.minutes(8)
    assert told("deployment.blind") == [("opened", "critical")]
    row = newest("deployment.blind")
    assert row.text == "2.0 of shop in test cannot be judged, and has 50 % of users."
    at_half.traffic.away = False
    at_half.minutes(2)
    assert told("deployment.blind") == [("opened", "critical"), ("resolved", "critical")]


def test_blindness_while_an_operator_holds_it_ends_too(at_half):
    """No move of the table tells that it is seen again: the monitor records it."""
    at_half.act("pause")
    at_half.traffic.away = True
    at_half.minutes(8)
    assert told("deployment.blind") == [("opened", "critical")]
    at_half.traffic.away = False
    at_half.minutes(3)
    assert at_half.state == State.PAUSED
    assert events.Event.objects.filter(kind="deployment.judged_again").count() == 1
    assert told("deployment.blind") == [("opened", "critical"), ("resolved", "critical")]


def test_stuck_wakes_somebody_until_it_is_retried(scene, settings):
    settings.ZDT_ROLLBACK_CALLBACKS = ["nowhere.at_all"]
    settings.ZDT_ROLLBACK_ATTEMPTS = 1
    scene.act("roll_back", reason="flood")
    scene.go_back()
    assert told("deployment.stuck") == [("opened", "critical")]
    assert "failed 1 times" in newest("deployment.stuck").why
    settings.ZDT_ROLLBACK_CALLBACKS = []
    scene.act("retry")
    assert told("deployment.stuck") == [("opened", "critical"), ("resolved", "critical")]


def test_a_monitor_that_may_not_go_back_wakes_somebody(scene):
    refusal = Refused("process_silent", release="1.0", seconds=30)
    at = {"service": "shop", "environment": "test", "subject": ("deployment", scene.id)}
    monitor = events.Actor.system("monitor")
    events.refused("deployment.rolled_back", actor=monitor, refusal=refusal, **at)
    assert told("deployment.not_rolled_back") == [("opened", "critical")]
    scene.act("roll_back", reason="by hand")
    assert told("deployment.not_rolled_back")[1:] == [("resolved", "critical")]


def test_what_a_person_was_refused_is_told_to_nobody_else(scene):
    refusal = Refused("steps_remain", next="25")
    at = {"service": "shop", "environment": "test", "subject": ("deployment", scene.id)}
    events.refused("deployment.advanced", actor=events.Actor("user", "a"), refusal=refusal, **at)
    assert told("deployment.not_advanced") == []


def test_everybody_and_the_end_are_told(at_half):
    at_half.follow()
    at_half.minutes(30)
    assert at_half.state == State.BAKING
    assert newest("deployment.promoted").text == "2.0 of shop in test serves everyone."
    machine.complete(at_half.id, actor=events.Actor("user", "ada"), reason="fine")
    assert newest("deployment.completed").severity == "info"


def test_nothing_is_told_of_a_move_that_is_rolled_back(scene):
    before = Notification.objects.count()
    with database.atomic():
        scene.act("roll_back", reason="flood")
        assert Notification.objects.count() > before
        transaction.set_rollback(True)
    assert Notification.objects.count() == before


def test_every_sentence_finds_its_fields(scene):
    scene.act("pause")
    for topic in notices.TOPICS:
        event = events.Event.objects.filter(subject_id=scene.id).latest("id")
        facts = {"service": "shop", "environment": "test", **notices.facts(event)}
        assert "unknown)" not in str(topic.title).format(**facts) + str(topic.cure).format(**facts)
