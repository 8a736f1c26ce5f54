from decimal import Decimal

import pytest
from django.db import transaction

from zdt_core import database, events, logins, messages
from zdt_core.events import Actor, Event, event_recorded
from zdt_core.exceptions import Refused

pytestmark = pytest.mark.django_db
ANNA = Actor("user", "anna")
THING = ("thing", 7)


@pytest.fixture
def heard():
    """Every event that the signal tells."""
    received = []

    def hear(sender, event, **kwargs):
        received.append(event)

    event_recorded.connect(hear)
    yield received
    event_recorded.disconnect(hear)


def test_an_event_holds_what_happened_to_what_by_whom_and_why(settings):
    settings.ZDT_SERVICE, settings.ZDT_ENVIRONMENT = "shop", "live"
    with database.atomic():
        event = events.record(
            "thing.painted", subject=THING, actor=ANNA, before={"colour": "red"},
            after={"colour": "blue", "price": Decimal("1.5")}, reason="It faded.",
        )  # fmt: skip

    event.refresh_from_db()
    assert (event.kind, event.subject_type, event.subject_id) == ("thing.painted", "thing", "7")
    assert (event.actor_kind, event.actor_name, event.reason) == ("user", "anna", "It faded.")
    assert (event.before, event.after) == ({"colour": "red"}, {"colour": "blue", "price": "1.5"})
    assert (event.service, event.environment, event.refused) == ("shop", "live", False)
    assert event.at is not None


def test_an_event_may_belong_to_another_service():
    with database.atomic():
        event = events.record(
            "thing.painted", subject=THING, actor=ANNA, service="mail", environment="stage"
        )

    assert (event.service, event.environment) == ("mail", "stage")


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_of_a_transaction_is_an_error():
    with pytest.raises(RuntimeError, match="with its change"):
        events.record("thing.painted", subject=THING, actor=ANNA)


def test_an_event_vanishes_with_its_change():
    with database.atomic():
        events.record("thing.painted", subject=THING, actor=ANNA)
        transaction.set_rollback(True, using=database.alias())

    assert Event.objects.count() == 0


def test_the_signal_tells_inside_the_transaction(heard):
    with database.atomic():
        event = events.record("thing.painted", subject=THING, actor=ANNA)
        assert heard == [event]


def test_a_receiver_that_fails_undoes_the_change():
    def fail(sender, event, **kwargs):
        raise ValueError("the audit is full")

    event_recorded.connect(fail)
    try:
        with pytest.raises(ValueError, match="audit"), database.atomic():
            events.record("thing.painted", subject=THING, actor=ANNA)
    finally:
        event_recorded.disconnect(fail)

    assert Event.objects.count() == 0


def test_a_refused_attempt_is_kept(heard):
    refusal = Refused("thing_is_wet", minutes=5)
    events.refused("thing.painted", subject=THING, actor=ANNA, refusal=refusal, reason="hurry")

    event = Event.objects.get()
    assert event.refused
    assert (event.code, event.params, event.reason) == ("thing_is_wet", {"minutes": 5}, "hurry")
    assert heard == [event]


def test_an_event_reads_as_its_sentence_or_its_reason(monkeypatch):
    monkeypatch.setattr(messages, "_sentences", {"wet": "Wet for {minutes} minutes."})

    assert Event(code="wet", params={"minutes": 5}, reason="r").sentence == "Wet for 5 minutes."
    assert Event(reason="It faded.").sentence == "It faded."


def test_actors_are_kept_by_value(django_user_model, monkeypatch):
    user = django_user_model(**{django_user_model.USERNAME_FIELD: "anna"})

    assert Actor.of(user) == ANNA
    assert str(Actor.system("monitor")) == "system:monitor"
    monkeypatch.setattr(logins, "current", lambda: "bob")
    assert Actor.shell() == Actor("shell", "bob")
