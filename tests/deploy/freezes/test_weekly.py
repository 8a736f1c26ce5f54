"""Hours of the week: what may be written, and which minutes lie in them."""

from datetime import UTC, datetime

import pytest

from zdt_core.exceptions import Refused
from zdt_deploy.freezes import weekly
from zdt_deploy.freezes.weekly import DAY, WEEK

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def at(day, clock):
    """That day of a week at that time."""
    hour, minute = map(int, clock.split(":"))
    return MONDAY.replace(day=2 + weekly.DAYS.index(day), hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("fri 16:00-mon 08:00", ["fri 16:00", "mon 07:59"], ["fri 15:59", "mon 08:00"]),
        ("Fri 16:00 – Mon 08:00", ["sat 00:00"], ["tue 00:00"]),
        ("mon-fri 22:00-06:00", ["fri 23:00", "sat 05:59"], ["sat 22:30", "mon 05:00"]),
        ("daily 12:00-13:00", ["mon 12:00", "sun 12:59"], ["sun 13:00"]),
        ("daily 22:00-06:00", ["sun 23:00", "mon 05:59"], ["mon 06:00"]),
        ("sat-sun", ["sat 00:00", "sun 23:59"], ["mon 00:00", "fri 23:59"]),
        ("sun", ["sun 12:00"], ["mon 00:00"]),
        ("sat-tue 09:00-10:00", ["mon 09:30"], ["wed 09:30"]),
        ("tue 10:00-24:00, thu 00:00-09:00", ["tue 23:59", "thu 08:00"], ["wed 00:00"]),
        ("mon 10:00-mon 09:00", ["mon 10:00", "mon 08:59"], ["mon 09:30"]),
    ],
)  # fmt: skip
def test_a_minute_lies_in_what_was_written(text, inside, outside):
    spans = weekly.parse(text)

    assert all(weekly.minutes_left(spans, at(*moment.split())) > 0 for moment in inside)
    assert not any(weekly.minutes_left(spans, at(*moment.split())) for moment in outside)


@pytest.mark.parametrize(
    "text",
    ["", "16:00-18:00", "fri 16:00", "fri 25:00-26:00", "fri 16:00-16:00", "noon",
     "mon-fri 10:00-tue 11:00", "daily 10:00-tue 11:00", "daily-fri", "fri 24:00-24:00",
     "mon 09:00-mon 09:00", "fri 16:00-18:00,", ",".join(["mon"] * 21), "fri\x0016:00"],
)  # fmt: skip
def test_what_tells_no_hours_is_refused(text):
    with pytest.raises(Refused) as refused:
        weekly.parse(text)
    assert refused.value.code == "weekly_unreadable"


def test_it_tells_how_long_it_still_holds_and_when_it_begins():
    spans = weekly.parse("fri 16:00-mon 08:00")

    assert weekly.minutes_left(spans, at("sun", "08:00")) == DAY
    assert weekly.minutes_until_next(spans, at("fri", "15:00")) == 60
    assert weekly.minutes_until_next(spans, at("fri", "16:00")) == WEEK
