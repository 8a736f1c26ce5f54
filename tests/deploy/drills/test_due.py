"""When a drill is due, and what is done about it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.deploy.drills.stage import Stage
from tests.deploy.factories import DeploymentFactory, DrillFactory
from zdt_core import database
from zdt_core.events import Event
from zdt_core.jobs import ticker
from zdt_core.notify.models import Notification
from zdt_deploy.deployments import clock
from zdt_deploy.drills import due, jobs, operations, outcomes
from zdt_deploy.drills.models import Drill

pytestmark = pytest.mark.django_db


def ago(**time):
    return database.Now() - timedelta(**time)


def old(days, **facts):
    """A canary of so many days ago."""
    facts = {"version": "1.0", "previous_version": "0.9", **facts}
    return DeploymentFactory(completed=True, started_at=ago(days=days), **facts)


def place():
    (found,) = due.places(clock.now())
    return found


def reminders():
    return Event.objects.filter(kind=due.OVERDUE).count()


def test_it_is_due_a_period_after_the_first_canary_or_the_last_drill():
    assert due.places(clock.now()) == []
    row = old(40)
    assert place().due_at == row.started_at + timedelta(days=30)
    assert place().is_overdue(clock.now())

    drill = DrillFactory(state="failed", code="drill_stuck", called_at=ago(days=29))
    found = place()
    assert (found.last, found.passed) == (drill.called_at, None)
    assert not found.is_due(clock.now())
    DrillFactory(state="called_off", called_at=None)
    assert place() == found


def test_places_that_may_have_none_or_are_forgotten_have_none(settings):
    old(40, environment="production")
    old(40, service="b", strategy="rolling")
    old(91, service="c")
    DeploymentFactory(service="d", cancelled=True)
    assert due.places(clock.now()) == []

    settings.ZDT_DRILL_ENVIRONMENTS = ["test", "production"]
    assert place().environment == "production"


def test_one_that_is_due_is_announced_on_what_is_fit_and_begins_when_its_time_has_come():
    old(31)
    stage = Stage()

    jobs.see_to_it(), jobs.see_to_it()
    row = Drill.objects.get()
    assert (row.state, row.deployment_id, row.begun_by) == ("announced", stage.id, "system:drill")
    told = Notification.objects.get(kind="drill.announced")
    assert told.text == "The rollback of 2.0 of shop in test will be rehearsed."

    jobs.begin()
    assert stage.drill.state == "announced"
    stage.pass_time(900)
    stage.be_watched()
    jobs.begin()
    assert stage.drill.state == "called"
    assert reminders() == 0


@pytest.mark.parametrize("hours", ["", "mon 03:00-03:01"])
def test_out_of_its_hours_none_begins(settings, hours, monkeypatch):
    settings.ZDT_DRILL_HOURS, settings.TIME_ZONE = hours, "UTC"
    old(31)
    Stage()

    monkeypatch.setattr(due.clock, "now", lambda: datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert not due.begins_by_itself(due.clock.now())
    monkeypatch.undo()
    settings.ZDT_DRILL_HOURS = ""
    jobs.see_to_it()
    assert not Drill.objects.exists()


def test_people_are_reminded_once_a_period_until_it_was_made():
    old(32)

    jobs.see_to_it(), jobs.see_to_it()
    assert reminders() == 1
    event = Event.objects.get(kind=due.OVERDUE)
    assert "was never rehearsed with shop in test" in event.sentence
    told = Notification.objects.get(kind="drill.overdue")
    assert (told.action, told.severity) == ("opened", "warning")

    Event.objects.update(at=ago(days=30, seconds=1))
    jobs.see_to_it()
    assert reminders() == 2


def test_nobody_is_reminded_on_its_first_day():
    old(30.5)

    jobs.see_to_it()

    assert reminders() == 0


def test_one_that_is_not_fit_does_not_begin_and_is_told_once_it_is_late():
    old(40)
    DeploymentFactory()

    jobs.see_to_it()

    assert (Drill.objects.count(), reminders()) == (0, 1)


def test_a_drill_ends_the_reminder():
    old(40)
    jobs.see_to_it()
    row = DrillFactory(state="returning", finished_at=None)
    with database.atomic():
        operations.end(row, outcomes.of(row.taken()), actor=due.ACTOR)

    rows = Notification.objects.filter(kind="drill.overdue").order_by("pk")
    assert [row.action for row in rows] == ["opened", "resolved"]
    assert not place().is_due(clock.now())


def test_the_ticker_does_it():
    assert {"drills.due", "drills.begin"} <= set(ticker._chores)
