"""Could chance alone make it?"""

import math

import pytest

from zdt_deploy.comparison import odds


def exactly(count, of, probability):
    return sum(
        math.comb(of, i) * probability**i * (1 - probability) ** (of - i)
        for i in range(count, of + 1)
    )


@pytest.mark.parametrize(("count", "of", "probability"), [
    (0, 10, 0.3), (1, 10, 0.1), (5, 10, 0.5), (10, 10, 0.5), (11, 10, 0.5), (3, 40, 0.02),
    (8, 30, 0.1),
])  # fmt: skip
def test_small_counts_are_exact(count, of, probability):
    assert odds.at_least(count, of, probability) == pytest.approx(exactly(count, of, probability))


def test_large_counts_are_near_enough():
    assert odds.at_least(560, 1000, 0.5) == pytest.approx(exactly(560, 1000, 0.5), rel=0.15)


@pytest.mark.parametrize("of", [1, 1000, 10**7])
def test_certainties(of):
    assert odds.at_least(1, of, 0.0) == 0.0
    assert odds.at_least(of, of, 1.0) == 1.0
    assert odds.at_least(10**8, of, 0.5) == 0.0
    assert 0 <= odds.at_least(of, of, 1e-9) <= 1e-6


def test_where_few_are_due_hardly_any_error_is_made():
    """A normal distribution would say 0.0004, and so call it sure."""
    assert odds.at_least(21, 1000, 0.01) == pytest.approx(exactly(21, 1000, 0.01))
    assert not odds.surely(21, 1000, 0.01)


def test_more_often_takes_more_than_a_few():
    assert not odds.surely(2, 2, 0.1)
    assert odds.surely(5, 5, 0.1)
    assert odds.surely(60, 150, 0.1)
    assert not odds.surely(10, 100, 0.1)
