"""Nobody works: who notices, and who says so."""

from datetime import timedelta

import pytest

from tests.core.factories import ProcessFactory, RunFactory
from zdt_core import database, events, notify
from zdt_core.jobs import leases, ticker
from zdt_core.notify import absence
from zdt_core.notify.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def overdue():
    return RunFactory(due_at=database.Now() - timedelta(seconds=300), queue="zdt-monitor")


@pytest.fixture(autouse=True)
def _grown_up(monkeypatch):
    monkeypatch.setattr(absence, "_born", absence.time.monotonic() - 61)


def codes():
    return list(events.Event.objects.order_by("id").values_list("kind", "code"))


def test_without_overdue_work_nothing_is_missing():
    RunFactory()
    RunFactory(held=True, due_at=database.Now() - timedelta(seconds=300))
    RunFactory(paused=True, due_at=database.Now() - timedelta(seconds=300))
    assert absence.judge() == ("", {})


def test_nobody_ticks(overdue):
    code, facts = absence.judge()
    assert (code, facts["count"], facts["monitors"]) == ("nobody_ticks", 1, 1)
    assert 299 <= facts["seconds"] <= 310


def test_nobody_works(overdue):
    leases.hold(ticker.NAME, 60)
    ProcessFactory(role="worker", environment="other")
    ProcessFactory.seen(100, role="worker")
    assert absence.judge()[0] == "nobody_works"


def test_a_release_counts_as_soon_as_nobody_works(overdue):
    """Its own watch may be due only in a while."""
    RunFactory(queue="zdt-monitor", due_at=database.Now() + timedelta(seconds=50))
    leases.hold(ticker.NAME, 60)

    assert absence.judge()[1]["monitors"] == 2
    ProcessFactory(role="worker")
    assert absence.judge()[1]["monitors"] == 1


def test_work_that_is_late_though_everybody_is_there(overdue):
    leases.hold(ticker.NAME, 60)
    ProcessFactory(role="worker")
    assert absence.judge()[0] == "work_overdue"


def test_it_is_told_once_and_resolved(overdue):
    absence.look()
    _next_turn()
    absence.look()
    assert codes() == [("jobs.unattended", "nobody_ticks")]
    row = Notification.objects.get()
    assert (row.severity, row.text) == (
        "critical", "Background work of test is not done: no zdt_ticker runs.",
    )  # fmt: skip
    assert "unwatched releases: 1" in row.why
    overdue.delete()
    _next_turn()
    absence.look()
    assert codes()[1:] == [("jobs.attended", "work_goes_on")]
    assert Notification.objects.first().action == "resolved"


def test_while_nobody_works_whoever_notices_delivers(overdue, caplog):
    with caplog.at_level("INFO", "zdt.notify"):
        absence.look()
    assert "[CRITICAL] Background work of test is not done" in caplog.text
    assert Notification.objects.get().state == "delivered"


def test_where_somebody_works_the_deliveries_are_left_to_them():
    notify.send("shop.burns", "Fire.", severity="info", key="fire")
    absence.look()
    assert Notification.objects.get().state == "waiting"


def test_a_young_process_lets_the_others_start(overdue, monkeypatch):
    monkeypatch.setattr(absence, "_born", absence.time.monotonic())
    absence.look()
    assert codes() == []


def test_one_process_of_the_fleet_looks_at_a_time(overdue, django_assert_num_queries):
    absence.look()
    with django_assert_num_queries(1):
        absence.look()


def _next_turn():
    from zdt_core.jobs.models import Lease

    Lease.objects.filter(name=f"every:{absence.BEAT}").update(until=None)
