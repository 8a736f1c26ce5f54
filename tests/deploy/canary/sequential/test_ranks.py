import itertools
import math

import pytest

from zdt_deploy.canary.sequential.ranks import ODDS, Place, Wealth, evidence


def paid(place):
    return [math.exp(log) for log in Wealth().after([place]).logs]


@pytest.mark.parametrize("others", [1, 3, 9, 19])
def test_each_bet_pays_one_on_average_where_each_place_is_as_likely(others):
    places = [paid(Place(place, place, others)) for place in range(others + 1)]

    for bet in zip(*places, strict=True):
        assert sum(bet) / len(bet) == pytest.approx(1)


def test_that_holds_with_equal_values_too():
    values = [3, 1, 3, 3, 2, 2]
    paid_by = [
        paid(Place.of(value, values[:at] + values[at + 1 :])) for at, value in enumerate(values)
    ]

    for bet in zip(*paid_by, strict=True):
        assert sum(bet) / len(bet) == pytest.approx(1)


def test_among_equals_only_nothing_is_won_or_lost():
    assert Wealth().after([Place.of(0, [0] * 9)]).logs == pytest.approx((0,) * len(ODDS), abs=1e-12)


def test_with_nobody_to_compare_with_nothing_is_won_or_lost():
    assert Wealth().after([Place.of(5, [])]) == Wealth()


def test_a_place_is_between_those_that_are_lower_and_those_that_are_not_higher():
    assert Place.of(2, [1, 2, 2, 5]) == Place(1, 3, 4)
    assert Place.of(2, [1, 2, 2, 5, 7]).reversed() == Place.of(-2, [-1, -2, -2, -5, -7])
    assert Place.of(2, [1, 2, 2, 5, 7]).reversed() == Place(2, 4, 5)


def test_evidence_is_the_mean_of_all_bets():
    wealth = Wealth(tuple(math.log(n) for n in range(1, 6)))

    assert evidence([wealth]) == pytest.approx(math.log(3))
    assert evidence([wealth, Wealth()]) == pytest.approx(math.log(2))
    assert evidence([]) == 0


@pytest.mark.parametrize(("others", "needed"), [(1, 8), (2, 6), (3, 5), (9, 3), (19, 3)])
def test_so_many_last_places_in_a_row_are_needed(others, needed):
    last = Place(others, others, others)
    wealths = list(itertools.accumulate([[last]] * 20, Wealth.after, initial=Wealth()))

    enough = [evidence([wealth]) >= math.log(200) for wealth in wealths]

    assert enough.index(True) == needed


def test_several_places_share_the_stake():
    best, last = Place(0, 0, 9), Place(9, 9, 9)

    together = paid_by_both = Wealth().after([best, last])

    for both, one, other in zip(
        paid_by_both.logs, Wealth().after([best]).logs, Wealth().after([last]).logs, strict=True
    ):
        assert math.exp(both) == pytest.approx((math.exp(one) + math.exp(other)) / 2)
    assert evidence([together]) > 0


def test_evidence_of_years_stays_a_number():
    wealth = Wealth()
    for _ in range(20_000):
        wealth = wealth.after([Place(0, 0, 9)])
    for _ in range(20_000):
        wealth = wealth.after([Place(9, 9, 9)])

    assert math.isfinite(evidence([wealth]))
