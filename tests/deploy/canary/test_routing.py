import hashlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deploy.canary.splits import key_in, route
from zdt_deploy.canary.routing import CANARY, STABLE, Route, decide

percentages = st.integers(0, 100_000).map(lambda steps: Decimal(steps) / 1000)


@given(st.text(), st.integers(0, 100))
def test_whole_percentages_follow_the_definition(key, percentage):
    is_canary = int(hashlib.md5(key.encode()).hexdigest()[:8], 16) % 100 < percentage

    assert decide(route(percentage), key) == (CANARY if is_canary else STABLE)


@given(st.text(), percentages, percentages)
def test_raising_the_percentage_never_moves_anybody_back(key, one, other):
    smaller, larger = sorted((one, other))

    if decide(route(smaller), key) == CANARY:
        assert decide(route(larger), key) == CANARY


@pytest.mark.parametrize(("percentage", "track"), [(0, STABLE), ("99.999", STABLE), (100, CANARY)])
def test_a_visitor_without_an_id_is_on_stable_until_everyone_is_on_the_canary(percentage, track):
    assert decide(route(percentage), None) == track


def test_without_a_split_everyone_is_on_stable():
    assert decide(None, "alice") == STABLE


def test_nobody_is_on_the_canary_of_a_shut_route():
    shut = route(50).shut()

    assert decide(shut, key_in(0, 50)) == STABLE
    assert (shut.percentage, shut.threshold, shut.canary) == (0, 0, "2.0")


def test_a_route_knows_the_release_of_each_track():
    assert (route().release(STABLE), route().release(CANARY)) == ("1.0", "2.0")


@pytest.mark.parametrize("percentage", [-1, 101, "0.0001", "NaN"])
def test_an_impossible_percentage_makes_no_route(percentage):
    with pytest.raises(ValueError, match="A percentage"):
        Route.of(stable="1", canary="2", percentage=percentage, epoch=1)
