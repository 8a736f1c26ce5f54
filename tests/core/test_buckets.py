import hashlib
import random
from bisect import bisect_left
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core import buckets

percentages = st.integers(0, 100_000).map(lambda steps: Decimal(steps) / 1000)


@given(st.text())
def test_the_coarse_bucket_is_the_requirements_definition(key):
    expected = int(hashlib.md5(key.encode()).hexdigest()[:8], 16) % 100

    assert expected == buckets.coarse(key)


@given(st.text())
def test_a_fine_bucket_lies_inside_its_coarse_one(key):
    assert buckets.coarse(key) == buckets.fine(key) // 1000


@given(st.text(), st.integers(0, 100))
def test_whole_percentages_have_the_members_of_the_definition(key, percentage):
    assert (buckets.coarse(key) < percentage) is buckets.within(key, percentage)


@given(st.text(), percentages, percentages)
def test_growth_keeps_every_member(key, one, other):
    smaller, larger = sorted((one, other))

    assert buckets.within(key, larger) or not buckets.within(key, smaller)


def test_golden_vectors():
    assert [(key, buckets.coarse(key)) for key in ("alice", "bob", "")] == [
        ("alice", 70),
        ("bob", 20),
        ("", 93),
    ]


@pytest.mark.parametrize("wrong", [-1, 100.1, float("nan"), float("inf"), "0.0001", 101])
def test_a_percentage_out_of_range_is_an_error(wrong):
    with pytest.raises(ValueError, match="A percentage"):
        buckets.threshold(wrong)


@pytest.mark.long
def test_a_million_triples_equal_the_definition():
    """Service, user and percentage: the id that D3 hashes, and the "flag:user" of F1."""
    chance = random.Random(20240229)
    differ = 0
    for _ in range(500_000):
        user = f"{chance.getrandbits(64):x}"
        percentage = chance.randrange(101)
        for key in (user, f"flag_{chance.randrange(500)}:{user}"):
            expected = int(hashlib.md5(key.encode()).hexdigest()[:8], 16) % 100 < percentage
            differ += buckets.within(key, percentage) is not expected

    assert differ == 0


@pytest.mark.long
def test_growing_in_the_smallest_steps_adds_members_and_loses_none():
    fines = sorted(buckets.fine(str(number)) for number in range(20_000))
    counts = [
        bisect_left(fines, buckets.threshold(Decimal(step) / 1000)) for step in range(100_001)
    ]

    assert counts[0] == 0
    assert counts[-1] == 20_000
    assert all(before <= after for before, after in pairwise(counts))
    assert counts[10_000] == sum(buckets.coarse(str(number)) < 10 for number in range(20_000))
