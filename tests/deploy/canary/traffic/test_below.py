import re

import pytest

from zdt_deploy.canary.traffic.below import below


@pytest.mark.parametrize("number", [1, 5, 9, 10, 500, 5000, 12345, 33333, 50000, 99990, 99999])
def test_a_pattern_holds_the_numbers_below_and_no_others(number):
    pattern = re.compile(below(number))
    near = [number - 1, number, number + 1, 0, 99_999]

    for each in {*near, *range(0, 100_000, 97)} & set(range(100_000)):
        assert bool(pattern.fullmatch(f"{each:05d}")) == (each < number)


def test_it_is_short_enough_for_a_rule_of_a_balancer():
    assert max(len(below(number)) for number in range(1, 100_000, 7)) <= 80


@pytest.mark.parametrize("number", [0, -1, 100_000])
def test_none_and_all_have_no_pattern(number):
    with pytest.raises(ValueError, match="A number between 0 and 100000"):
        below(number)


def test_it_says_itself_how_many_digits():
    assert below(70, digits=2) == "[0-6][0-9]"
