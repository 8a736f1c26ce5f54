"""The checklist at the start: what "off", "warn" and "require" do, and what stays on record."""

import pytest
from django.test import override_settings

from tests.deploy.factories import DeploymentFactory, alive
from tests.deploy.preflight.conftest import ADA, line
from zdt_core.events import Event
from zdt_core.exceptions import Refused
from zdt_core.gates import Answer
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import marking, registry, results, starting
from zdt_deploy.preflight.models import PreflightReading
from zdt_deploy.preflight.results import Result

pytestmark = pytest.mark.django_db
required = override_settings(ZDT_PREFLIGHT="require")


@pytest.fixture(autouse=True)
def _fleet():
    alive("1.0", "2.0")


def begin(deployment, **facts):
    return machine.begin(deployment.pk, actor=ADA, **facts)


def test_by_default_it_warns(pending, items):
    items("bad", results.failed("x"))

    assert begin(pending).state == "shifting"


@required
def test_where_it_is_required_a_failed_item_stops_the_start(pending, items):
    items("bad", results.failed("x"))
    items("open")

    with pytest.raises(Refused) as refusal:
        begin(pending)
    assert (refusal.value.code, refusal.value.params["items"]) == ("preflight_failed", "bad, open")
    assert "--hold" in str(refusal.value)
    assert Deployment.objects.get().state == "pending"
    assert Event.objects.get(refused=True).code == "preflight_failed"
    assert not PreflightReading.objects.exists()


@required
def test_unknown_never_opens_the_gate(pending, items):
    items("open")

    found = starting.preflight(pending)
    assert (found.answer, found.code) == (Answer.UNKNOWN, "preflight_unknown")


@required
def test_a_waiver_opens_it_and_a_tick_where_people_may_say_so(pending, items):
    items("bad", results.failed("x"))
    items("open", by_hand=True)
    marking.waive(pending.pk, "bad", actor=ADA, reason="known")
    marking.tick(pending.pk, "open", actor=ADA)

    assert begin(pending).state == "shifting"


@required
def test_force_does_not_pass_the_checklist(pending, items):
    items("bad", results.failed("x"))

    with pytest.raises(Refused):
        begin(pending, force=True)


@required
def test_what_is_told_later_does_not_stop_a_start(pending, items):
    items("during_it", phase="during")
    items("after_it", results.failed("x"), phase="after")

    assert starting.preflight(pending).answer is Answer.OPEN


@required
def test_a_start_without_hold_is_refused_and_leaves_nothing(items):
    items("open", by_hand=True)

    with pytest.raises(Refused):
        machine.start(version="2.0", service="shop", environment="test", actor=ADA,
                      previous_version="1.0")  # fmt: skip
    assert not Deployment.objects.exists()


def test_how_it_stood_is_on_record_whatever_comes_later(pending, items):
    mood = [results.failed("x", n=1)]
    registry.item("moody", "Moody")(lambda deployment: mood[0])
    items("fine", results.passed())
    begin(pending)
    mood[0] = results.passed()

    event = Event.objects.get(kind=starting.CHECKED)
    assert event.after == {"moody": "failed", "fine": "passed"}
    assert (event.code, event.actor_name) == ("preflight_began_in_spite", "ada")
    assert "moody" in event.sentence
    began = Deployment.objects.get()
    found = line(began, "moody")
    assert (found.result, found.seen.params) == (Result.FAILED, {"n": 1})


def test_nor_does_it_change_when_an_earlier_tick_is_taken_back(pending, items):
    items("boards", by_hand=True, keeps_days=90)
    earlier = DeploymentFactory.aged(3600, pending=True, version="1.9")
    marking.tick(earlier.pk, "boards", actor=ADA)
    began = begin(pending)
    marking.withdraw(earlier.pk, "boards", actor=ADA)

    assert line(began, "boards").result is Result.PASSED
    assert line(earlier, "boards").result is Result.UNKNOWN


def test_a_clear_list_is_recorded_as_clear(pending, items):
    items("fine", results.passed())
    begin(pending)

    assert Event.objects.get(kind=starting.CHECKED).code == "preflight_began_clear"


@override_settings(ZDT_PREFLIGHT="off")
def test_off_asks_nothing(pending, items):
    asked = []
    registry.item("asked", "Asked")(asked.append)

    begin(pending)
    assert asked == []
    assert not Event.objects.filter(kind=starting.CHECKED).exists()


def test_only_the_start_is_recorded(items):
    deployment = DeploymentFactory(observing=True)
    items("fine", results.passed())
    machine.pause(deployment.pk, actor=ADA)

    assert not PreflightReading.objects.exists()


@override_settings(ZDT_PREFLIGHT="maybe")
def test_a_wrong_setting_is_refused_rather_than_taken_for_off(pending):
    with pytest.raises(Refused, match="could not be read"):
        begin(pending)
