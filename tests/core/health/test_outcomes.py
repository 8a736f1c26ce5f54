import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.health import outcomes
from zdt_core.health.outcomes import Outcome


def outcome(ok, at=0.0):
    return Outcome("" if ok else "Error", 1.0, at, at + 5.0)


def answers(results, fail_after=3, pass_after=2):
    """The answer after each result; + is a success, - a failure."""
    trend, told = None, ""
    for sign in results:
        new = outcome(sign == "+")
        trend = (
            outcomes.first(new)
            if trend is None
            else outcomes.after(trend, new, fail_after=fail_after, pass_after=pass_after)
        )
        told += "+" if trend.healthy else "-"
    return told


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ("+", "+"),
        ("-", "-"),
        ("+--+", "++++"),
        ("+---", "+++-"),
        ("+--+--+", "+++++++"),
        ("-+-+-+", "------"),
        ("-++", "--+"),
        ("+---+-++", "+++----+"),
    ],
)
def test_the_answer_changes_after_so_many_in_a_row(results, told):
    assert answers(results) == told


@given(st.text("+-", min_size=1, max_size=50))
def test_with_limits_of_one_the_answer_is_the_last_result(results):
    assert answers(results, fail_after=1, pass_after=1) == results


@given(st.text("+-", min_size=1, max_size=50), st.integers(1, 5), st.integers(1, 5))
def test_a_long_enough_run_of_one_kind_decides(results, fail_after, pass_after):
    assert answers(results + "-" * fail_after, fail_after, pass_after)[-1] == "-"
    assert answers(results + "+" * pass_after, fail_after, pass_after)[-1] == "+"
