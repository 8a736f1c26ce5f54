"""When a freeze holds and lets go, by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from zdt_core.exceptions import Refused
from zdt_deploy.freezes import times, weekly
from zdt_deploy.freezes.times import Times

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def made(begins=None, ends=None, hours="", zone=BERLIN):
    return Times(begins, ends, weekly.parse(hours) if hours else (), zone)


def test_from_one_moment_to_another_the_end_not_included():
    freeze = made(NOON, NOON + HOUR)

    assert [freeze.hold(NOON + part * HOUR) for part in (-0.1, 0, 0.9, 1)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert freeze.end_after(NOON) == NOON + HOUR


@pytest.mark.parametrize(
    ("new", "old", "covers"),
    [
        ({"hours": "fri 15:00-mon 08:00"}, {"hours": "fri 16:00-mon 08:00"}, True),
        ({"hours": "fri 17:00-mon 08:00"}, {"hours": "fri 16:00-mon 08:00"}, False),
        ({"hours": "daily"}, {"hours": "sat-sun", "zone": ZoneInfo("Asia/Tokyo")}, True),
        ({"hours": "sat-sun"}, {"hours": "sat-sun", "zone": ZoneInfo("Asia/Tokyo")}, False),
        ({"hours": "sat-sun"}, {}, False),
        ({"begins": NOON - HOUR}, {}, True),
        ({"begins": NOON + HOUR}, {"begins": NOON - HOUR}, False),
        ({"ends": NOON + HOUR}, {"ends": NOON + HOUR}, True),
        ({"ends": NOON + HOUR}, {"ends": NOON + 2 * HOUR}, False),
    ],
)
def test_one_covers_another_where_it_holds_whenever_that_does_from_now_on(new, old, covers):
    assert made(**new).cover(made(**old), NOON) is covers


def test_without_times_it_holds_until_a_person_ends_it():
    assert made().hold(NOON)
    assert made().end_after(NOON) is None
    assert times.free_after([made()], NOON) is None


def test_hours_hold_between_its_two_ends_only():
    freeze = made(NOON, NOON + 20 * HOUR, "fri 16:00-mon 08:00")  # 12:00 UTC is 13:00 in Berlin

    assert not freeze.hold(NOON)
    assert freeze.hold(NOON + 3 * HOUR)
    assert freeze.end_after(NOON + 3 * HOUR) == NOON + 20 * HOUR


@pytest.mark.parametrize(
    ("day", "begins"),
    [(23, datetime(2026, 10, 23, 14, tzinfo=UTC)), (30, datetime(2026, 10, 30, 15, tzinfo=UTC))],
)
def test_hours_stay_those_of_the_wall_when_summer_time_ends(day, begins):
    """It ends on 25 October 2026: 16:00 in Berlin is 14:00 UTC before, and 15:00 after."""
    freeze = made(hours="fri 16:00-mon 08:00")
    morning = datetime(2026, 10, day, 6, tzinfo=UTC)

    assert freeze.next_after(morning) == begins
    assert not freeze.hold(begins - timedelta(minutes=1))
    assert freeze.hold(begins)
    assert freeze.end_after(begins).astimezone(BERLIN).strftime("%a %H:%M") == "Mon 08:00"


def test_an_end_in_the_hour_that_comes_twice_is_not_past():
    """On 25 October 2026 clocks in Berlin show 02:00 at 0:00 UTC, and again at 1:00 UTC."""
    freeze = made(hours="sun 01:00-02:30")
    again = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)

    assert freeze.hold(again)
    assert freeze.end_after(again) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert times.free_after([freeze], again) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_end_of_those_that_follow_one_another_is_the_last():
    day = made(NOON, NOON + 2 * HOUR)
    night = made(NOON + HOUR, NOON + 5 * HOUR)

    assert times.free_after([day, night], NOON) == NOON + 5 * HOUR
    assert times.free_after([day, night], NOON - HOUR) == NOON - HOUR


def test_hours_that_leave_no_gap_let_go_in_no_sight():
    assert times.free_after([made(hours="mon-wed"), made(hours="thu-sun")], NOON) is None


@pytest.mark.parametrize(
    ("begins", "hours", "expected"),
    [
        (NOON + HOUR, "", NOON + HOUR),
        (None, "", None),
        (NOON - HOUR, "", None),
        (NOON + 24 * HOUR, "fri 16:00-mon 08:00", NOON + 24 * HOUR),
    ],
)
def test_it_tells_when_it_begins(begins, hours, expected):
    assert made(begins, None, hours).next_after(NOON) == expected


def test_what_ends_before_it_begins_again_does_not_begin():
    assert made(None, NOON + HOUR, "sun 10:00-11:00").next_after(NOON) is None


@pytest.mark.parametrize(
    "name",
    ["Europe/Atlantis", "", "../../etc/passwd", "/etc/localtime", "localtime", "LocalTime"],
)
def test_a_time_zone_that_nobody_knows_is_refused(name):
    with pytest.raises(Refused, match="knows no time zone"):
        times.zone(name)


@pytest.mark.parametrize(
    ("text", "utc"),
    [("2026-12-24", "23T23:00"), ("2026-12-24 18:00", "24T17:00"),
     ("2026-12-24T18:00Z", "24T18:00")],
)  # fmt: skip
def test_a_moment_is_one_of_its_zone_unless_it_names_an_offset(text, utc):
    assert times.moment(text, BERLIN).astimezone(UTC).isoformat().startswith(f"2026-12-{utc}")


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "", "2026-13-01", "24.12.2026", "nan", "9999-12-31T23:59", "0001-01-01"],
)
def test_what_tells_no_moment_is_refused(text):
    with pytest.raises(Refused, match="is no moment"):
        times.moment(text, BERLIN)
