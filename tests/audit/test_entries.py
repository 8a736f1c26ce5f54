"""Entries commit and vanish with the change that they tell of."""

import datetime
import json
import uuid

import pytest
from django.db import transaction

import zdt_audit
from zdt_audit import entries
from zdt_audit.models import Entry
from zdt_core import database, events, identity
from zdt_core.events import Actor, Event, event_recorded
from zdt_core.exceptions import Refused

ANN = Actor("user", "ann")


def tell(**more):
    return events.record(
        "flag.disabled",
        subject=("flag", "new_checkout_flow"),
        actor=ANN,
        before={"enabled": True},
        after={"enabled": False},
        reason="it burns",
        **more,
    )


@pytest.mark.django_db
class TestRecord:
    def test_an_entry_says_who_did_what_to_what_where_and_when(self, settings):
        settings.ZDT_VERSION = "2.0"
        facts = {"ticket": "OPS-7", "share": 0.25}

        entry = zdt_audit.record("approval.given", stream="deployment:d1", actor=ANN, facts=facts)

        entry.refresh_from_db()
        content = entry.content
        assert content["v"] == 1
        assert content["id"] == str(entry.uuid)
        assert content["kind"] == entry.kind == "approval.given"
        assert content["stream"] == entry.stream == "deployment:d1"
        assert content["actor"] == {"kind": "user", "name": "ann"}
        assert entry.actor == "user:ann"
        assert content["facts"] == {"ticket": "OPS-7", "share": "0.25"}
        assert content["environment"] == "test"
        assert content["origin"]["release"] == "2.0"
        assert content["origin"]["instance"] == identity.instance()

    def test_the_time_is_the_databases_and_the_same_in_text_and_column(self):
        entry = entries.record("a.b", stream="s:1", actor=ANN)

        with database.connection().cursor() as cursor:
            cursor.execute("SELECT statement_timestamp()")
            now = cursor.fetchone()[0]
        at = datetime.datetime.fromisoformat(entry.content["at"])
        assert at == entry.at
        assert abs(now - at) < datetime.timedelta(minutes=1)

    def test_the_text_is_canonical(self):
        entry = entries.record("a.b", stream="s:1", actor=ANN, facts={"z": 1, "a": "ü"})
        entry.refresh_from_db()

        again = json.dumps(entry.content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert entry.canon == again

    def test_it_is_one_statement(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            entries.record("a.b", stream="s:1", actor=ANN)

    def test_a_fact_with_any_character_survives(self):
        text = "\x00\ud800 \\u0000 % %s '\" \u2028 😀"

        entry = entries.record("a.b", stream="s:1", actor=ANN, facts={"text": text})

        entry.refresh_from_db()
        assert entry.content["facts"]["text"] == text.replace("\ud800", "\\ud800")

    def test_what_is_no_fact_leaves_nothing(self):
        with pytest.raises(TypeError):
            entries.record("a.b", stream="s:1", actor=ANN, facts={"x": object()})

        assert Entry.objects.count() == 0

    def test_two_entries_never_have_one_name(self):
        names = {entries.record("a.b", stream="s:1", actor=ANN).uuid for _ in range(3)}

        assert len(names) == 3
        assert all(isinstance(name, uuid.UUID) for name in names)


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_of_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="atomic"):
        entries.record("a.b", stream="s:1", actor=ANN)


@pytest.mark.django_db
class TestEvents:
    def test_an_event_leaves_an_entry_with_all_it_says(self):
        event = tell()

        entry = Entry.objects.get()
        assert entry.event_id == event.pk
        assert entry.stream == "flag:new_checkout_flow"
        assert entry.at == event.at
        assert entry.content["facts"] == {
            "before": {"enabled": True},
            "after": {"enabled": False},
            "reason": "it burns",
            "code": "",
            "params": {},
        }

    def test_an_event_of_another_environment_keeps_it(self):
        tell(environment="production", service="billing")

        content = Entry.objects.get().content
        assert (content["environment"], content["service"]) == ("production", "billing")

    def test_event_and_entry_are_one_statement_each(self, django_assert_num_queries):
        with django_assert_num_queries(2):
            tell()

    def test_a_refused_attempt_leaves_an_entry(self):
        refusal = Refused("flag_unknown", flag="a")

        events.refused("flag.enabled", subject=("flag", "a"), actor=ANN, refusal=refusal)

        entry = Entry.objects.get()
        assert entry.refused is entry.content["refused"] is True
        assert entry.content["facts"]["code"] == "flag_unknown"
        assert entry.content["facts"]["params"] == {"flag": "a"}

    def test_what_rolls_back_leaves_neither(self):
        with transaction.atomic():
            tell()
            transaction.set_rollback(True)

        assert (Event.objects.count(), Entry.objects.count()) == (0, 0)

    def test_an_entry_that_cannot_be_written_undoes_the_change(self, monkeypatch):
        def fail(*args, **kwargs):
            raise OSError("no host name")

        monkeypatch.setattr("zdt_audit.entries.socket.gethostname", fail)

        with pytest.raises(OSError, match="no host name"), database.atomic():
            tell()

        assert (Event.objects.count(), Entry.objects.count()) == (0, 0)

    def test_the_receiver_is_connected_once(self):
        from zdt_audit.apps import ZdtAuditConfig  # noqa: F401

        receivers = [each for each in event_recorded.receivers if each[0][0] == "zdt_audit"]

        assert len(receivers) == 1
