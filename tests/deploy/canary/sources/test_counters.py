import math

import pytest

from zdt_deploy.canary.sources.counters import increases

ENDS = (0, 60, 120, 180, 240)
ALL = set(ENDS)


def test_a_counter_grows_by_the_difference():
    assert increases({0: 5, 60: 7, 120: 7, 180: 10, 240: 10}, ENDS, ALL) == {
        60: 2, 120: 0, 180: 3, 240: 0,
    }  # fmt: skip


def test_what_a_new_series_is_born_with_counts():
    assert increases({120: 7, 180: 9}, ENDS, ALL) == {120: 7, 180: 2}


def test_one_that_falls_was_reset():
    assert increases({0: 100, 60: 3, 120: 5}, ENDS, ALL) == {60: 3, 120: 2}


def test_one_that_was_away_goes_on_from_where_it_was():
    assert increases({0: 100, 180: 104}, ENDS, ALL) == {180: 4}


def test_after_a_gap_of_everything_nothing_is_new():
    """The scraper was away; thousands of old requests are not those of one minute."""
    assert increases({120: 9000, 180: 9005}, ENDS, {120, 180, 240}) == {180: 5}


def test_the_first_moment_is_compared_with_only():
    assert increases({0: 9000}, ENDS, ALL) == {}


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_what_no_counter_has_is_refused(value):
    with pytest.raises(ValueError, match="no counter"):
        increases({0: 1, 60: value}, ENDS, ALL)
