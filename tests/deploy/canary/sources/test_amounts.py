import math

import pytest

from zdt_deploy.canary.sources.amounts import Amounts

KEY = (60, "2.0", "a")


def amounts(requests=None, **bounds):
    found = Amounts((0.1, 0.5, 1.0))
    if requests is not None:
        found.add_requests(KEY, requests)
    for bound, amount in bounds.items():
        found.add_latency(KEY, float(bound[1:].replace("_", ".")), amount)
    return found


def only(found):
    [sample] = found.samples(60)
    return sample


def test_amounts_of_one_instance_are_added_up():
    found = amounts(10, b0_1=4, b0_5=10, b1_0=10)
    found.add_errors(KEY, 1)
    found.add_errors(KEY, 2)
    found.add_counter(KEY, "paid", 2.5)

    sample = only(found)

    assert (sample.window, sample.seconds, sample.release, sample.instance) == (60, 60, "2.0", "a")
    assert (sample.requests, sample.errors, sample.counters) == (10, 3, {"paid": 2.5})
    assert (sum(sample.latency.values()), sample.problem) == (10, "")


def test_bounds_that_no_request_lay_under_may_be_left_out():
    assert only(amounts(10, b1_0=10)).problem == ""
    assert only(amounts(10, b0_5=3, b1_0=10)).requests == 10


@pytest.mark.parametrize("bounds", [{}, {"b0_1": 4}, {"b0_1": 4, "b1_0": 9}, {"b0_1": 11}])
def test_bounds_that_requests_lay_under_may_not(bounds):
    assert only(amounts(10, **bounds)).problem == "latency_incomplete"


def test_requests_that_nobody_told_are_not_none():
    assert only(amounts(b0_1=4, b0_5=4, b1_0=4)).problem == "latency_incomplete"
    found = amounts()
    found.add_errors(KEY, 1)
    assert only(found).problem


def test_zeros_without_requests_tell_nothing():
    found = amounts(b0_1=0, b0_5=0, b1_0=0)
    found.add_errors(KEY, 0)

    assert list(found.samples(60)) == []


def test_no_requests_are_zero():
    sample = only(amounts(0))

    assert (sample.requests, sample.problem) == (0, "")


def test_who_only_counts_serves_nobody():
    found = amounts()
    found.add_counter(KEY, "paid", 3)

    assert (only(found).requests, only(found).counters, only(found).problem) == (0, {"paid": 3}, "")


def test_more_errors_than_requests_cannot_be_true():
    found = amounts(2, b1_0=2)
    found.add_errors(KEY, 3)

    assert only(found).problem == "more_errors_than_requests"


@pytest.mark.parametrize("amount", [math.nan, math.inf, -1, -0.5])
def test_what_nothing_is_counted_by_is_refused(amount):
    for add in (
        lambda found: found.add_requests(KEY, amount),
        lambda found: found.add_errors(KEY, amount),
        lambda found: found.add_latency(KEY, 0.1, amount),
        lambda found: found.add_counter(KEY, "paid", amount),
    ):
        with pytest.raises(ValueError, match="no count"):
            add(Amounts((0.1,)))
