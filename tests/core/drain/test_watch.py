import logging

import pytest
from django.db import DatabaseError

from zdt_core import drain, pulse
from zdt_core.drain import marker, state, watch
from zdt_core.events import Event
from zdt_core.fleet import commands, reports


@pytest.mark.django_db
def test_a_drain_is_put_on_record_once(me):
    drain.start("deploy of 2.0", actor=("shell", "anna"))
    watch.watch()
    watch.watch()

    event = Event.objects.get()
    assert (event.kind, event.subject_type, event.subject_id) == ("drain.started", "process", me)
    assert (event.actor_kind, event.actor_name, event.reason) == ("shell", "anna", "deploy of 2.0")


@pytest.mark.django_db
def test_a_cancelled_drain_is_put_on_record():
    drain.start("deploy")
    drain.cancel("changed our mind", actor=("token", "drain"))
    watch.watch()

    kinds = list(Event.objects.order_by("id").values_list("kind", "reason"))
    assert kinds == [("drain.started", "deploy"), ("drain.cancelled", "changed our mind")]


def test_a_notice_waits_until_the_database_is_back(monkeypatch, file):
    def away(*args):
        raise DatabaseError("away")

    monkeypatch.setattr(watch, "_record", away)
    drain.start("deploy")

    with pytest.raises(DatabaseError):
        watch.watch()

    assert [notice["reason"] for notice in marker.notices(file)] == ["deploy"]


def test_what_is_left_in_flight_is_counted_and_logged(caplog, drained_for):
    drained_for(56)
    with drain.Ticket(), drain.Ticket(), caplog.at_level(logging.INFO, "zdt.drain"):
        watch.watch()
        watch.watch()

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.message.startswith("2 requests are still in flight")


def test_each_phase_is_told_once(caplog, drained_for, monkeypatch):
    with caplog.at_level(logging.INFO, "zdt.drain"):
        for seconds in (1, 26, 56):
            monkeypatch.setattr(state, "_state", state._State())
            drained_for(seconds)
            watch.watch()
            watch.watch()

    assert [record.message.split()[5] for record in caplog.records] == [
        "DRAINING,",
        "REFUSING,",
        "OVERDUE,",
    ]


def test_the_fleet_is_told_and_obeyed(monkeypatch, file):
    monkeypatch.setattr(reports, "_reporters", {})
    heard = {}
    monkeypatch.setattr(commands, "_handlers", heard)
    monkeypatch.setattr(pulse.beats, "registered", {})
    watch.connect()

    with drain.Ticket():
        heard["drain"]()
        told = reports.gather()
    assert (told.draining, told.in_flight) == (True, 1)
    assert told.facts["drain"] == {"file": str(file), "phase": "DRAINING"}

    heard["undrain"]()
    assert not reports.gather().draining
    assert "drain" in pulse.status()
