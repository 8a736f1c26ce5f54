import math
import random

import pytest

from zdt_core.metering import bounds, histogram
from zdt_deploy.canary.sources import buckets


def test_nothing_is_lost_and_nothing_is_new():
    fine = buckets.fine({0.1: 40, 0.25: 90, 1.0: 99, math.inf: 100})

    assert sum(fine.values()) == 100
    assert max(fine) == histogram.bucket(1000) + 1


def test_what_lies_between_two_bounds_is_spread_between_them():
    fine = buckets.fine({0.1: 0, 0.2: 90, math.inf: 90})

    assert min(fine) > histogram.bucket(100)
    assert max(fine) == histogram.bucket(200)
    assert max(fine.values()) - min(fine.values()) <= 1


def test_percentiles_come_out_between_the_right_bounds():
    chance = random.Random(1)
    durations = [chance.lognormvariate(4.1, 0.8) for _ in range(5000)]
    exact = histogram.of(durations)
    cumulative = dict(bounds.cumulative(exact)) | {math.inf: 5000}

    fine = buckets.fine(cumulative)

    for share in (0.5, 0.95, 0.99):
        assert histogram.percentile(fine, share) == pytest.approx(
            histogram.percentile(exact, share), rel=0.35
        )


def test_all_below_the_first_bound_are_at_it():
    assert buckets.fine({0.005: 7, math.inf: 7}) == {histogram.bucket(5): 7}


def test_no_requests_are_an_empty_histogram():
    assert buckets.fine({0.1: 0, math.inf: 0}) == {}


@pytest.mark.parametrize(
    ("cumulative", "why"),
    [({}, "missing"), ({0.1: 4}, "missing"), ({0.1: 4, math.inf: 3}, "fewer")],
)
def test_what_no_histogram_has_is_refused(cumulative, why):
    with pytest.raises(ValueError, match=why):
        buckets.fine(cumulative)
