import math
import random

import pytest

from zdt_deploy.canary.sequential import breaker
from zdt_deploy.canary.sequential.shards import Counts

SHARE = 0.2


def windows(canary, stable, count=3, requests=(25, 475)):
    """``count`` windows of a 50th of each side's shares of errors."""
    ours, theirs = requests
    one = (Counts(ours, round(canary * ours)), Counts(theirs, round(stable * theirs)))
    return [one] * count


def is_open(found, minute=0):
    return breaker.evidence(found, SHARE) >= breaker.needed(minute)


def test_what_fails_each_time_is_broken_within_one_window():
    assert is_open(windows(1.0, 0.01, count=1))


def test_half_of_the_requests_take_a_few_windows():
    assert [is_open(windows(0.52, 0.01, count)) for count in (1, 3)] == [False, True]


@pytest.mark.parametrize(("canary", "stable"), [(0.0, 0.0), (0.04, 0.01), (0.16, 0.01)])
def test_what_fails_less_than_the_given_share_is_not(canary, stable):
    assert not is_open(windows(canary, stable, count=60))


@pytest.mark.parametrize(
    ("canary", "stable"), [(0.45, 0.3), (0.75, 0.5), (1.0, 1.0), (0.95, 0.1), (0.4, 0.04)]
)
def test_what_fails_with_all_the_rest_or_ten_times_as_often_is_not(canary, stable):
    assert not is_open(windows(canary, stable, count=60))


@pytest.mark.parametrize(("canary", "stable"), [(0.2, 0.02), (0.95, 0.095), (0.2, 0.0), (1.0, 0.1)])
def test_at_the_edge_it_pays_no_more_than_one_on_average(canary, stable):
    """Exactly, over all that may be counted of 6 and 12 requests."""

    def chance(share, requests, errors):
        return math.comb(requests, errors) * share**errors * (1 - share) ** (requests - errors)

    mean = sum(
        chance(canary, 6, ours)
        * chance(stable, 12, theirs)
        * math.exp(breaker.evidence([(Counts(6, ours), Counts(12, theirs))], SHARE))
        for ours in range(7)
        for theirs in range(13)
    )

    assert 0 < mean <= 1 + 1e-9


def test_nobody_and_nobody_to_compare_with_prove_nothing():
    assert breaker.evidence([], SHARE) == 0
    assert breaker.evidence(windows(1.0, 0.0, requests=(25, 0)), SHARE) == 0


def test_later_minutes_need_more():
    found = [breaker.needed(minute) for minute in range(600)]

    assert found == sorted(found)
    assert sum(1 / 2.718281828**each for each in found) < breaker.FALSE_ALARM


def test_a_release_at_the_edge_of_both_hardly_ever_opens_it():
    chance = random.Random(1)

    def draw(requests, share):
        return Counts(requests, sum(chance.random() < share for _ in range(requests)))

    opened = sum(is_open([(draw(25, 0.2), draw(225, 0.02)) for _ in range(6)]) for _ in range(300))

    assert opened == 0
