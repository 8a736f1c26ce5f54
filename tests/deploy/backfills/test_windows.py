"""Hours in which a backfill may work."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import windows
from zdt_deploy.backfills.windows import Window

NIGHT = windows.parse("22:00-05:00")


def at(text, zone="UTC", day="2026-03-01"):
    return datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("now", "seconds"),
    [("21:59:30", 30), ("22:00:00", 0), ("03:00:00", 0), ("04:59:59", 0), ("05:00:00", 17 * 3600)],
)
def test_a_night_goes_on_past_midnight(now, seconds):
    assert windows.seconds_until_open([NIGHT], at(now)) == seconds


@pytest.mark.parametrize(
    ("hours", "now", "work", "seconds"),
    [
        (["22:00-05:00"], "22:00:00", 3600, 3600),
        (["22:00-05:00"], "21:00:00", 3600, 2 * 3600),
        (["22:00-05:00"], "04:00:00", 3600, 3600),
        (["22:00-05:00"], "04:00:00", 2 * 3600, 19 * 3600),
        (["22:00-05:00"], "22:00:00", 3 * 7 * 3600, (2 * 24 + 7) * 3600),
        (["00:00-24:00"], "12:00:00", 3 * 86400, 3 * 86400),
        (["12:00-13:00", "12:30-14:00"], "12:00:00", 2 * 3600, 2 * 3600),
        ([], "12:00:00", 7, 7),
        (["00:00-00:01"], "12:00:00", 86400, None),
    ],
)
def test_work_takes_as_long_as_the_hours_at_which_it_rests_let_it(hours, now, work, seconds):
    assert windows.stretched(map(windows.parse, hours), at(now), work) == seconds


@pytest.mark.parametrize(
    ("day", "night"), [("2026-03-28", 6), ("2026-10-24", 8), ("2026-10-25", 7)]
)
def test_a_night_in_which_the_clock_is_put_forward_or_back_is_as_long_as_it_is(day, night):
    evening, berlin = at("21:00:00", "Europe/Berlin", day), [NIGHT]
    end = windows.stretched(berlin, evening, night * 3600)

    assert end == (1 + night) * 3600
    assert f"{windows.later(evening, end):%H:%M}" == "05:00"
    assert windows.stretched(berlin, evening, (night + 1) * 3600) > 24 * 3600


def test_an_hour_that_comes_twice_is_waited_for_from_either():
    hour = [windows.parse("02:30-03:00")]
    first = at("02:10:00", "Europe/Berlin", "2026-10-25")

    assert windows.seconds_until_open(hour, first) == 20 * 60
    assert windows.seconds_until_open(hour, first.replace(fold=1)) == 20 * 60


def test_an_hour_that_does_not_come_is_not_waited_for_twice():
    evening = at("22:00:00", "Europe/Berlin", "2026-03-28")
    at_half_past_two = [windows.parse("02:30-02:45")]

    assert windows.stretched(at_half_past_two, evening, 60) == (23.0 + 4.5) * 3600 + 60


def test_without_windows_it_is_always_open():
    assert windows.seconds_until_open([], at("12:00")) == 0


def test_the_next_of_several_windows_counts():
    noon = windows.parse("12:00-13:00")

    assert windows.seconds_until_open([NIGHT, noon], at("11:00")) == 3600


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 86399))
def test_after_the_wait_it_is_open(begin, end, second):
    if begin == end:
        return
    window = Window(begin, end)
    now = windows.later(at("00:00"), second)
    then = windows.later(now, windows.seconds_until_open([window], now))

    assert then.hour * 60 + then.minute in window
    assert windows.parse(str(window)) == window


@pytest.mark.parametrize("text", ["", "22-5", "22:00", "25:00-03:00", "10:00-10:00", "10:00-24:30"])
def test_what_tells_no_hours_is_refused(text):
    with pytest.raises(Refused):
        windows.parse(text)
