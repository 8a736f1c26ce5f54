"""What people are told of backfills, and when it is over."""

import time
from datetime import timedelta

import pytest

from tests.core.factories import RunFactory
from tests.deploy.factories import BackfillFactory, RangeFactory
from zdt_core import database
from zdt_core.events import Actor, Event
from zdt_core.notify.models import Notification
from zdt_deploy.backfills import ending, operations, runs, stalls
from zdt_deploy.backfills.models import Backfill

pytestmark = pytest.mark.django_db
ADA = Actor("user", "ada")


def told(kind):
    rows = Notification.objects.filter(kind=kind).order_by("pk")
    return [(row.action, row.severity) for row in rows]


def newest(kind):
    return Notification.objects.filter(kind=kind).latest("pk")


def end(backfill, state, code="", **params):
    with database.atomic():
        ending.end(ending.locked(backfill.pk), state, code=code, params=params)


def lane(backfill, **facts):
    return RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, 0), **facts)


@pytest.fixture
def alone():
    """A backfill that nobody works on, and people know."""
    backfill = BackfillFactory.aged(600, name="shop.totals")
    stalls.note()
    return backfill


def test_a_failure_is_told_with_its_reason_and_its_page(settings):
    settings.ZDT_CONSOLE_URL = "https://shop.example.com"
    backfill = BackfillFactory(name="shop.totals")
    end(backfill, Backfill.State.FAILED, "backfill_rows_failed", rows=3)

    row = newest("backfill.failed")
    assert (row.severity, row.text) == ("warning", "The backfill shop.totals in test failed.")
    assert "3 rows could not be done" in row.why
    assert "zdt_backfill retry shop.totals" in row.cure
    assert row.url == f"https://shop.example.com/admin/zdt_deploy/backfill/{backfill.pk}/change/"


def test_a_failure_is_over_when_somebody_tries_again():
    backfill = BackfillFactory()
    RangeFactory(backfill=backfill, failed=True)
    end(backfill, Backfill.State.FAILED)
    operations.retry(backfill, actor=ADA)

    assert told("backfill.failed") == [("opened", "warning"), ("resolved", "warning")]
    assert "was tried again" in newest("backfill.failed").text


def test_a_good_end_is_told():
    end(BackfillFactory(name="shop.totals"), Backfill.State.SUCCEEDED)

    row = newest("backfill.finished")
    assert (row.severity, row.text) == (
        "info", "The backfill shop.totals in test has done every row of shop_user.",
    )  # fmt: skip
    assert told("backfill.failed") == []


def test_one_that_is_left_alone_is_told_once(alone):
    assert told("backfill.stalled") == [("opened", "warning")]
    assert "Nobody works on the backfill shop.totals in test." in newest("backfill.stalled").text

    assert stalls.note() == 0
    assert told("backfill.stalled") == [("opened", "warning")]


def test_one_that_nobody_who_looks_knows_is_told():
    backfill = BackfillFactory.aged(600, name="shop.totals")
    lane(
        backfill,
        due_at=database.Now() + timedelta(seconds=4),
        cursor={"why": runs.UNKNOWN_WORK, "unknown_since": time.time() - 200},
    )

    assert stalls.note() == 1
    assert told("backfill.stalled") == [("opened", "warning")]


def test_it_is_over_when_somebody_works_on_it(alone):
    lane(alone, held=True)

    assert stalls.note() == 1
    assert Event.objects.latest("pk").kind == "backfill.moving"
    assert told("backfill.stalled")[-1] == ("resolved", "warning")


def test_it_is_over_when_a_person_pauses_it_and_begins_again_after(alone):
    operations.pause(alone, actor=ADA)
    assert stalls.note() == 0
    assert told("backfill.stalled")[-1] == ("resolved", "warning")

    Backfill.objects.update(state="running")
    assert stalls.note() == 1


def test_one_that_fails_is_no_longer_left_alone(alone):
    end(alone, Backfill.State.FAILED)

    assert told("backfill.stalled")[-1] == ("resolved", "warning")
    assert stalls.note() == 0


def test_one_at_work_or_waiting_for_its_hours_is_not_told():
    lane(BackfillFactory.aged(600), held=True, due_at=database.Now() - timedelta(hours=1))
    lane(BackfillFactory.aged(600), due_at=database.Now() + timedelta(hours=6))

    assert stalls.note() == 0


def test_a_subject_that_is_gone_is_still_told():
    with database.atomic():
        stalls.events.record("backfill.failed", subject=("backfill", "999"), actor=ADA)

    assert "(name unknown)" in newest("backfill.failed").text
