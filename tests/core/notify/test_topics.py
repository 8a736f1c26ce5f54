"""Events that people are told of."""

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from zdt_core import database, events
from zdt_core.notify import topics
from zdt_core.notify.models import Notification
from zdt_core.notify.severity import Severity
from zdt_core.notify.topics import Burst, On, Topic

pytestmark = pytest.mark.django_db
ACTOR = events.Actor("user", "ada")


def record(kind, subject="1", **more):
    with database.atomic():
        return events.record(kind, subject=("shop", subject), actor=ACTOR, **more)


@pytest.fixture
def table(monkeypatch):
    """The only table: ``table(opens=…, resolves=…)``."""

    def only(facts=lambda event: {"what": "fire"}, page=lambda event: "/admin/shop/1/", **topic):
        values = {
            "kind": "shop.burns", "severity": Severity.WARNING, "title": "There is {what}.",
            "cure": "Put the {what} out.", "opens": (On("shop.burnt"),), **topic,
        }  # fmt: skip
        monkeypatch.setattr(topics, "_tables", [topics._Table((Topic(**values),), facts, page)])

    only()
    return only


def told():
    return [(row.action, row.text) for row in Notification.objects.order_by("pk")]


def test_an_event_of_the_table_is_told_with_its_reason_and_cure(table, settings):
    settings.ZDT_CONSOLE_URL = "https://shop.example.com/"
    record("shop.burnt", reason="a candle")
    row = Notification.objects.get()
    assert (row.text, row.why, row.cure) == ("There is fire.", "a candle", "Put the fire out.")
    assert row.url == "https://shop.example.com/admin/shop/1/"
    assert row.key == "shop.burns:test:default:1"
    assert row.facts == {"what": "fire", "environment": "test", "service": "default"}


def test_without_an_address_there_is_no_link(table):
    record("shop.burnt")
    assert Notification.objects.get().url == ""


def test_other_events_are_not_told(table):
    record("shop.sold")
    assert told() == []


def test_what_ends_it_is_told_too(table):
    table(resolves=(On("shop.saved"),))
    record("shop.burnt", "1")
    record("shop.burnt", "2")
    record("shop.saved", "1")
    assert told() == [("opened", "There is fire.")] * 2 + [("resolved", "There is fire.")]


def test_a_rule_may_ask_for_a_code_a_refusal_and_an_actor(table):
    table(opens=(On("shop.burnt", codes=("candle",)),))
    record("shop.burnt", code="stove")
    assert told() == []
    record("shop.burnt", code="candle")
    assert len(told()) == 1
    table(opens=(On("shop.burnt", by=("system",)),))
    record("shop.burnt", "3")
    assert len(told()) == 1


def test_a_storm_is_told_and_a_breeze_is_not(table):
    table(opens=(On("shop.burnt", burst=Burst(3, 60)),), per_subject=False)
    record("shop.burnt", "1")
    record("shop.burnt", "2")
    assert told() == []
    record("shop.burnt", "3")
    record("shop.burnt", "4")
    assert len(told()) == 1


@pytest.mark.parametrize("what", ["facts", "page"])
def test_a_table_that_fails_stops_nothing(table, caplog, what):
    table(**{what: lambda event: 1 / 0})
    event = record("shop.burnt")
    assert events.Event.objects.filter(pk=event.pk).exists()
    assert told() == []
    assert "Nobody is told of shop.burnt" in caplog.text


def test_a_setting_that_cannot_be_read_stops_nothing(table, settings, caplog):
    settings.ZDT_NOTIFY = {"team": {"BACKEND": 1, "OPTIONS": {"url": "secret"}}}
    event = record("shop.burnt")
    assert events.Event.objects.filter(pk=event.pk).exists()
    assert "needs a BACKEND" in caplog.text
    assert "secret" not in caplog.text


def test_a_table_that_is_not_there_yet_stops_nothing(table, monkeypatch, caplog):
    """While a new release has started and its migrations have not run."""

    def no_table(*args, **kwargs):
        with database.connection().cursor() as cursor:
            cursor.execute("SELECT * FROM zdt_core_not_yet")

    monkeypatch.setattr(topics.outbox, "send", no_table)
    event = record("shop.burnt")
    assert events.Event.objects.filter(pk=event.pk).exists()
    assert "Nobody is told of shop.burnt" in caplog.text


def test_a_connection_that_breaks_ends_the_transaction(table, monkeypatch):
    def broken(*args, **kwargs):
        raise OperationalError("the connection was lost")

    monkeypatch.setattr(topics.outbox, "send", broken)
    with pytest.raises(OperationalError):
        record("shop.burnt")


def test_a_missing_field_is_still_readable(table):
    table(title="There is {nothing}.")
    record("shop.burnt")
    assert told() == [("opened", "There is (nothing unknown).")]


def test_what_is_told_is_in_the_language_of_the_site(table, settings):
    from django.utils import translation
    from django.utils.translation import gettext_lazy

    table(title=gettext_lazy("Monday"))
    with translation.override("de"):
        record("shop.burnt")
    assert told() == [("opened", "Monday")]


def test_an_event_that_nobody_is_told_of_costs_no_query(table):
    with database.atomic(), CaptureQueriesContext(connection) as asked:
        events.record("shop.sold", subject=("shop", 1), actor=ACTOR)
    assert not [query for query in asked if "zdt_core_notification" in query["sql"]]


def test_every_topic_has_a_name_of_its_own_and_its_words():
    found = topics.registered()
    kinds = [topic.kind for topic in found]
    assert len(kinds) == len(set(kinds)) > 8
    for topic in found:
        assert str(topic.title).endswith(".")
        assert str(topic.cure).endswith((".", "`."))
        assert topic.opens
