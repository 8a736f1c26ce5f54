"""Into how many ranges a table is cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zdt_deploy.backfills import ranges


@given(st.integers(1, 64), st.integers(0, 10**12))
def test_there_is_one_range_at_least_and_never_one_of_next_to_nothing(lanes, rows):
    found = ranges.count(lanes, rows)

    assert 1 <= found <= max(ranges.MOST, lanes)
    assert found == 1 or rows / found >= ranges.LEAST_ROWS


def test_a_large_table_has_several_ranges_for_each_lane():
    assert ranges.count(4, 45_000_000) == 16


@given(st.integers(1, 256), st.integers(0, 10**9))
def test_a_sample_is_no_more_than_the_table(wanted, pages):
    assert 0 < ranges.share_to_sample(wanted, pages) <= 100


@given(st.lists(st.integers(), unique=True).map(sorted), st.none() | st.just("end"))
def test_ranges_touch_and_leave_nothing_out(cuts, last):
    found = ranges.between(cuts, last)

    assert (found[0][0], found[-1][1]) == (None, last)
    assert all(before[1] == after[0] for before, after in pairwise(found))
    assert len(found) == len(cuts) + 1
