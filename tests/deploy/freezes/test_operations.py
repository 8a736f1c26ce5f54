"""Setting, changing and ending freezes: what is checked, and what is left on record."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.deploy.factories import FreezeFactory
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused, Stale
from zdt_deploy.freezes import operations
from zdt_deploy.freezes.models import Freeze
from zdt_deploy.freezes.operations import Wanted

pytestmark = pytest.mark.django_db
ADA = Actor("user", "ada")
MONDAY = datetime(2031, 1, 6, tzinfo=UTC)


def wanted(**facts):
    usual = {"name": "peak", "environment": "test", "reason": "the week that counts"}
    return Wanted(**{**usual, "time_zone": "UTC", **facts})


def told():
    rows = Event.objects.order_by("pk")
    return [(row.kind, row.refused, row.code, str(row.actor_name)) for row in rows]


def test_a_freeze_is_set_with_its_reason_on_record():
    row = operations.add(wanted(hours="fri 16:00-mon 08:00"), actor=ADA)

    event = Event.objects.get()
    assert (event.kind, event.subject_id, event.reason) == (
        "freeze.created", str(row.pk), "the week that counts",
    )  # fmt: skip
    assert (event.environment, event.after["weekly"]) == ("test", "fri 16:00-mon 08:00")
    assert row.created_by == "user:ada"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": " "}, "freeze_name_malformed"),
        ({"name": "x" * 61}, "freeze_name_malformed"),
        ({"name": "\x00"}, "freeze_name_malformed"),
        ({"reason": ""}, "freeze_reason_missing"),
        ({"reason": "\x00"}, "freeze_reason_missing"),
        ({"reason": "x" * 2001}, "freeze_reason_missing"),
        ({"environment": "no such\nplace"}, "label_malformed"),
        ({"service": "ü"}, "label_malformed"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone_unknown"),
        ({"hours": "sometimes"}, "weekly_unreadable"),
        ({"ends": timezone.now() - timedelta(days=1)}, "freeze_ends_too_early"),
        (
            {"begins": timezone.now() + timedelta(9), "ends": timezone.now() + timedelta(8)},
            "freeze_ends_too_early",
        ),
        (
            {"begins": MONDAY, "ends": MONDAY + timedelta(days=2), "hours": "sat-sun"},
            "freeze_never_holds",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(facts, code):
    with pytest.raises(Refused) as refused:
        wanted(**facts).check(timezone.now())

    assert refused.value.code == code


def test_what_is_refused_is_noted_though_no_table_could_hold_it():
    with pytest.raises(Refused):
        operations.add(wanted(name="\x00", reason="\x00"), actor=ADA)

    assert not Freeze.objects.exists()
    assert told() == [("freeze.created", True, "freeze_name_malformed", "ada")]


def test_a_change_tells_before_and_after():
    row = FreezeFactory(name="peak")

    changed = wanted(service="shop")
    operations.change(row.pk, changed, actor=ADA, expected_revision=1, may_end=True)

    event = Event.objects.get()
    assert (event.kind, event.before["service"], event.after["service"]) == (
        "freeze.changed", "", "shop",
    )  # fmt: skip
    assert Freeze.objects.get().revision == 2


@pytest.mark.parametrize(
    "less",
    [
        {"environment": "elsewhere"}, {"service": "nobody"}, {"begins": MONDAY}, {"ends": MONDAY},
        {"hours": "daily 00:00-23:59"},
    ],
)  # fmt: skip
def test_to_have_it_hold_less_takes_who_may_end_it(less):
    row = FreezeFactory()

    with pytest.raises(Refused, match="end_freeze"):
        operations.change(row.pk, wanted(**less), actor=ADA, expected_revision=1)

    assert Freeze.objects.get().revision == 1
    assert told() == [("freeze.changed", True, "freeze_would_hold_less", "ada")]


def test_what_holds_as_much_or_more_takes_no_more_than_to_set_one():
    row = FreezeFactory(service="shop", begins_at=MONDAY, ends_at=MONDAY + timedelta(7))
    unread = FreezeFactory(time_zone="Europe/Atlantis")

    more = wanted(reason="more", ends=MONDAY + timedelta(8))
    assert operations.change(row.pk, more, actor=ADA, expected_revision=1).service == ""
    with pytest.raises(Refused, match="end_freeze"):  # nobody knows how much that one holds
        operations.change(unread.pk, wanted(), actor=ADA, expected_revision=1)


def test_of_two_who_change_it_the_second_looks_again():
    row = FreezeFactory()
    operations.change(row.pk, wanted(), actor=ADA, expected_revision=1)

    with pytest.raises(Stale):
        operations.change(row.pk, wanted(name="mine"), actor=ADA, expected_revision=1)
    assert Freeze.objects.get().name == "peak"


def test_one_ends_for_good_with_a_reason():
    row = FreezeFactory()

    with pytest.raises(Refused, match="Say why"):
        operations.end(row.pk, actor=ADA, reason=" ")
    operations.end(row.pk, actor=ADA, reason="we are through")
    with pytest.raises(Refused, match="was ended by ada"):
        operations.end(row.pk, actor=ADA, reason="again")
    with pytest.raises(Refused, match="was ended"):
        operations.change(row.pk, wanted(), actor=ADA, expected_revision=2)
    assert [kind for kind, refused, *_ in told() if not refused] == ["freeze.ended"]


def test_one_is_found_by_its_id_or_its_name():
    row = FreezeFactory(name="peak")
    FreezeFactory(name="ended", ended=True)
    FreezeFactory.create_batch(2, name="twice")

    assert operations.find("peak") == operations.find(str(row.pk)) == row
    for name, code in (
        ("ended", "no_such_freeze"), ("99999", "no_such_freeze"), ("\x00", "no_such_freeze"),
        ("twice", "freeze_ambiguous"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            operations.find(name)
        assert refused.value.code == code


def test_the_database_itself_refuses_an_end_before_the_beginning():
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        FreezeFactory(begins_at=now, ends_at=now)
