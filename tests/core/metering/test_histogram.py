import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.metering import histogram

durations = st.lists(st.floats(0.001, 86_400_000), min_size=1, max_size=200)
shares = st.sampled_from([0, 0.001, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1])


def nearest_rank(values, share):
    return sorted(values)[max(1, math.ceil(round(share * len(values), 9))) - 1]


@given(durations, shares)
def test_a_percentile_is_within_2_percent_of_the_exact_one(values, share):
    exact = nearest_rank(values, share)

    assert histogram.percentile(histogram.of(values), share) == pytest.approx(exact, rel=0.02)


@given(durations, durations, durations)
def test_merging_counts_everything_whatever_the_order(one, two, three):
    together = histogram.of(one + two + three)
    parts = [histogram.of(values) for values in (one, two, three)]

    assert histogram.merge(*parts) == together
    assert histogram.merge(histogram.merge(parts[2], parts[1]), parts[0]) == together


@given(st.floats(0.001, 86_400_000), st.floats(0.001, 86_400_000))
def test_a_longer_duration_never_has_a_lower_bucket(one, other):
    shorter, longer = sorted((one, other))

    assert histogram.bucket(shorter) <= histogram.bucket(longer)


@pytest.mark.parametrize("share", [0.07, 0.29, 0.57])
def test_the_rank_does_not_slip_by_the_error_of_a_float(share):
    counts = histogram.of(range(1, 101))

    assert histogram.percentile(counts, share) == pytest.approx(share * 100, rel=0.02)


def test_no_durations_have_no_percentile():
    assert histogram.percentile({}, 0.95) is None
    assert histogram.percentile({7: 0}, 0.95) is None


def test_what_is_too_short_or_too_long_counts_as_the_shortest_or_longest():
    assert histogram.bucket(0) == histogram.bucket(-3) == histogram.bucket(0.001)
    assert histogram.bucket(math.inf) == histogram.bucket(86_400_000)


@pytest.mark.parametrize("share", [-0.1, 1.01, 95, math.nan])
def test_a_share_that_is_none_is_an_error(share):
    with pytest.raises(ValueError, match=r"p95 is 0\.95"):
        histogram.percentile({1: 1}, share)


def test_a_duration_that_is_not_a_number_is_an_error():
    with pytest.raises(ValueError, match="NaN"):
        histogram.bucket(math.nan)
