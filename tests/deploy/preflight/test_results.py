"""What an item comes to: the table of `results`, and the sum of a list."""

import pytest

from zdt_deploy.preflight import results
from zdt_deploy.preflight.results import TICK, WAIVER, Result

P, F, U, W, N = (
    Result.PASSED, Result.FAILED, Result.UNKNOWN, Result.WAIVED, Result.NOT_APPLICABLE,
)  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "mark", "by_hand", "expected"),
    [
        (results.passed(), None, False, P),
        (results.passed(), WAIVER, True, P),
        (results.not_applicable(), TICK, True, N),
        (results.failed("x"), None, True, F),
        (results.failed("x"), TICK, True, F),
        (results.failed("x"), WAIVER, False, W),
        (results.unknown("x"), None, True, U),
        (results.unknown("x"), TICK, True, P),
        (results.unknown("x"), TICK, False, U),
        (results.unknown("x"), WAIVER, False, W),
    ],
)
def test_a_mark_makes_of_what_was_seen(seen, mark, by_hand, expected):
    assert results.settle(seen, mark, by_hand=by_hand) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [([], P), ([P, W, N], P), ([P, U], U), ([U, F, P], F), ([N, F], F)],
)
def test_a_list_is_as_bad_as_its_worst_item(found, expected):
    assert results.sum_up(found) is expected


def test_only_what_is_clear_lets_pass():
    assert {P, W, N} == results.CLEAR
