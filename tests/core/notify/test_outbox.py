"""What is written down, when, and for whom."""

from datetime import timedelta

import pytest
from django.db import transaction

from zdt_core import database, notify
from zdt_core.jobs.models import Run
from zdt_core.notify.models import Notification
from zdt_core.notify.outbox import DELIVER, shortened

pytestmark = pytest.mark.django_db


def send(**changes):
    return notify.send(
        **{"kind": "shop.burns", "text": "Fire.", "severity": "warning", "key": "fire", **changes}
    )


@pytest.fixture
def two(settings):
    settings.ZDT_NOTIFY = {
        "oncall": {
            "BACKEND": "log",
            "SEVERITIES": ["critical"],
            "KINDS": ["shop.*", "deployment.*"],
        },
        "team": {"BACKEND": "log"},
    }


def test_without_a_setting_the_log_is_told():
    (row,) = send()
    assert (row.channel, row.state, row.service, row.environment) == (
        "log", "waiting", "default", "test",
    )  # fmt: skip
    assert Run.objects.get(kind=DELIVER).key == str(row.pk)


@pytest.mark.parametrize(
    ("kind", "severity", "told"),
    [
        ("shop.burns", "critical", ["oncall", "team"]),
        ("shop.burns", "info", ["team"]),
        ("other.burns", "critical", ["team"]),
    ],
)
def test_a_channel_takes_its_severities_and_kinds(two, kind, severity, told):
    assert [row.channel for row in send(kind=kind, severity=severity)] == told


def test_an_unknown_severity_is_an_error():
    with pytest.raises(ValueError, match="urgent"):
        send(severity="urgent")


def test_it_vanishes_with_the_transaction_of_what_happened():
    with database.atomic():
        send()
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not Run.objects.exists()


def test_the_same_key_is_told_once_within_the_window():
    (row,) = send()
    assert send() == []
    assert send() == []
    row.refresh_from_db()
    assert row.repeats == 2


def test_another_key_is_told():
    assert send()
    assert send(key="flood")


def test_after_the_window_it_is_told_anew(settings):
    (row,) = send()
    settings.ZDT_NOTIFY_WINDOW = 60
    earlier = database.Now() - timedelta(seconds=61)
    Notification.objects.filter(pk=row.pk).update(created_at=earlier)
    assert len(send()) == 1


def test_one_that_reached_nobody_is_no_reason_to_be_silent():
    (row,) = send()
    Notification.objects.filter(pk=row.pk).update(state="given_up")
    assert len(send()) == 1


def test_a_channel_that_joins_later_is_told(settings):
    settings.ZDT_NOTIFY = {"team": {"BACKEND": "log"}}
    send()
    settings.ZDT_NOTIFY = {"team": {"BACKEND": "log"}, "oncall": {"BACKEND": "log"}}
    assert [row.channel for row in send()] == ["oncall"]


def test_those_who_were_told_hear_that_it_is_over(two):
    send(severity="critical")
    rows = notify.resolve("fire", "The fire is out.")
    assert [(row.channel, row.action, row.severity) for row in rows] == [
        ("oncall", "resolved", "critical"), ("team", "resolved", "critical"),
    ]  # fmt: skip
    assert notify.resolve("fire", "Again.") == []


def test_what_nobody_was_told_of_is_not_resolved():
    assert notify.resolve("fire", "The fire is out.") == []
    (row,) = send()
    Notification.objects.filter(pk=row.pk).update(state="given_up")
    assert notify.resolve("fire", "The fire is out.") == []


def test_what_comes_back_after_it_was_over_is_told():
    send()
    notify.resolve("fire", "The fire is out.")
    assert len(send()) == 1


def test_a_long_key_keeps_its_identity():
    one, other = "k" * 300 + "1", "k" * 300 + "2"
    assert len(shortened(one)) == 200
    assert shortened(one) != shortened(other)
    assert send(key=one)
    assert send(key=other)


def test_a_site_without_queues_tells_at_once(settings, caplog, django_capture_on_commit_callbacks):
    """One that only has flags, and no worker."""
    settings.RQ_QUEUES = {}
    with django_capture_on_commit_callbacks(execute=True), caplog.at_level("INFO", "zdt.notify"):
        send()
    assert "[WARNING] Fire." in caplog.text
    assert Notification.objects.get().state == "delivered"
    assert not Run.objects.exists()


def test_telling_costs_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        send()
