import hashlib
from decimal import Decimal

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
