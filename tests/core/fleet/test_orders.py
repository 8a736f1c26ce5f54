import pytest

from tests.core.factories import ProcessFactory
from zdt_core import fleet
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused

pytestmark = pytest.mark.django_db
ANNA = Actor("user", "anna")


def test_an_order_waits_in_the_row_and_stays_on_record():
    process = ProcessFactory(service="mail", environment="live")

    serial = fleet.order(process.instance, "drain", actor=ANNA, reason="host goes down")

    process.refresh_from_db()
    assert (process.command, process.command_serial) == ("drain", serial == 1)
    event = Event.objects.get()
    assert (event.kind, event.subject_id) == ("process.ordered", process.instance)
    assert (event.actor_name, event.reason) == ("anna", "host goes down")
    assert (event.service, event.environment) == ("mail", "live")
    assert event.after == {"command": "drain", "serial": 1}
    assert not event.refused


def test_each_order_has_a_serial_of_its_own():
    process = ProcessFactory()

    assert fleet.order(process.instance, "drain", actor=ANNA) == 1
    assert fleet.order(process.instance, "undrain", actor=ANNA) == 2


@pytest.mark.parametrize(
    ("command", "traits", "code"),
    [
        ("shutdown", {}, "unknown_command"),
        ("drain", {"left": True}, "process_left"),
    ],
)
def test_a_refused_order_changes_nothing_and_stays_on_record(command, traits, code):
    process = ProcessFactory(**traits)

    with pytest.raises(Refused) as refusal:
        fleet.order(process.instance, command, actor=ANNA)

    process.refresh_from_db()
    assert refusal.value.code == code
    assert (process.command, process.command_serial) == ("", 0)
    assert Event.objects.get().refused


def test_an_order_to_nobody_is_refused():
    with pytest.raises(Refused, match="no process nobody"):
        fleet.order("nobody", "drain", actor=ANNA)


def test_a_silent_process_is_forgotten_and_stays_on_record():
    process = ProcessFactory.seen(60, service="mail")

    fleet.forget(process.instance, actor=ANNA, reason="host was taken down")

    assert fleet.member(process.instance).standing is fleet.Standing.GONE
    event = Event.objects.get()
    assert (event.kind, event.reason) == ("process.forgotten", "host was taken down")
    assert event.before["host"] == process.host


@pytest.mark.parametrize(
    ("traits", "code"), [({}, "process_lives"), ({"left": True}, "process_left")]
)
def test_what_is_alive_or_has_signed_off_is_not_forgotten(traits, code):
    process = ProcessFactory(**traits)

    with pytest.raises(Refused) as refusal:
        fleet.forget(process.instance, actor=ANNA, reason="a guess")

    assert refusal.value.code == code
    assert Event.objects.get().refused


def test_an_order_needs_an_actor():
    with pytest.raises(TypeError):
        fleet.order("x", "drain")
