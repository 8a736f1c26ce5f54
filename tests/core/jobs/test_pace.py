"""Progress, pace, and the time that is left."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core import jobs
from zdt_core.jobs import pace


def counted(done, total=None, rate=None):
    return SimpleNamespace(done=done, total=total, rate=rate)


def test_half_done_at_ten_a_second_takes_as_many_tenths_of_a_second():
    progress = jobs.progress(counted(500, 1000, 10.0))

    assert (progress.fraction, progress.rate, progress.seconds_left) == (0.5, 10.0, 50.0)


def test_without_a_total_nothing_is_foretold():
    assert jobs.progress(counted(7, None, 3.0)) == pace.Progress(7, None, None, 3.0, None)


def test_without_a_pace_the_end_is_unknown():
    assert jobs.progress(counted(1, 10)).seconds_left is None


@pytest.mark.parametrize(("done", "total"), [(10, 10), (12, 10), (0, 0)])
def test_all_done_is_all_and_takes_no_time(done, total):
    progress = jobs.progress(counted(done, total))

    assert (progress.fraction, progress.seconds_left) == (1.0, 0.0)


def test_the_first_pace_is_what_was_seen():
    assert pace.smoothed(None, 100, 4.0) == 25.0


@pytest.mark.parametrize(("counted_more", "seconds"), [(5, 0.0), (5, -1.0), (-5, 1.0)])
def test_a_pace_that_tells_nothing_changes_nothing(counted_more, seconds):
    assert pace.smoothed(3.0, counted_more, seconds) == 3.0


@given(
    old=st.floats(0, 1e6),
    counted_more=st.integers(0, 10**6),
    seconds=st.floats(0.001, 1e4),
)
def test_a_new_pace_lies_between_the_old_one_and_what_was_seen(old, counted_more, seconds):
    seen = counted_more / seconds
    new = pace.smoothed(old, counted_more, seconds)

    assert min(old, seen) - 1e-6 <= new <= max(old, seen) * (1 + 1e-9) + 1e-6
