"""Overdue reviews are told once, and until they are done."""

from datetime import timedelta

import pytest

from tests.deploy.factories import DeploymentFactory, EmergencyFactory
from zdt_core import database
from zdt_core.events import Event
from zdt_core.jobs import ticker
from zdt_core.notify.models import Notification
from zdt_deploy.freezes import emergencies, jobs
from zdt_deploy.freezes.models import Emergency

pytestmark = pytest.mark.django_db
PAST = database.Now() - timedelta(seconds=1)


def overdue(**facts):
    row = EmergencyFactory(approved=True, deployment=DeploymentFactory(baking=True, **facts))
    Emergency.objects.filter(pk=row.pk).update(review_due_at=PAST)
    return row


def told():
    rows = Notification.objects.filter(kind="deployment.review_overdue").order_by("pk")
    return [(row.action, row.severity) for row in rows]


def test_it_is_told_once_and_over_with_the_review(bob):
    row = overdue()

    assert (jobs.remind(), jobs.remind()) == (1, 0)
    event = Event.objects.get(kind=emergencies.OVERDUE)
    assert "ada asked for and bob approved" in event.sentence
    assert told() == [("opened", "warning")]

    emergencies.review(row.deployment_id, bob, reason="needed")
    assert told()[1:] == [("resolved", "warning")]
    assert Event.objects.get(kind=emergencies.REVIEWED).after == {"late": True}


def test_what_is_not_due_or_never_took_place_is_not_told():
    EmergencyFactory(approved=True)
    EmergencyFactory(deployment=DeploymentFactory(service="b"))
    never = EmergencyFactory(
        approved=True, deployment=DeploymentFactory(service="c", cancelled=True)
    )
    Emergency.objects.filter(pk=never.pk).update(review_due_at=PAST)

    assert jobs.remind() == 0
    assert told() == []


def test_killed_between_two_it_goes_on_with_the_rest(monkeypatch):
    overdue(), overdue(service="b")
    record, calls = jobs.events.record, []

    def dies(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return record(*args, **kwargs)

    monkeypatch.setattr(jobs.events, "record", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.remind()
    monkeypatch.undo()

    assert jobs.remind() == 1
    assert Event.objects.filter(kind=emergencies.OVERDUE).count() == 2


def test_the_ticker_does_it():
    assert "freezes.remind" in ticker._chores


def test_a_request_is_told_until_it_is_answered(ada, bob):
    row = DeploymentFactory()
    emergencies.request(row.pk, ada, reason="checkout fails")

    found = Notification.objects.get(kind="deployment.emergency_requested")
    assert found.text == "ada asks that 2.0 of shop in test goes as an emergency."
    emergencies.approve(row.pk, bob)
    rows = Notification.objects.filter(kind="deployment.emergency_requested").order_by("pk")
    assert [row.action for row in rows] == ["opened", "resolved"]
