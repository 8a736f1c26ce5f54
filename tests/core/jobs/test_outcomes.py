"""How a slice may end."""

from datetime import UTC, datetime

import pytest

from zdt_core.jobs import outcomes


def test_only_done_and_fail_are_final():
    final = [outcomes.done(), outcomes.fail("broken")]
    others = [outcomes.again(), outcomes.after(1), outcomes.at(datetime(2030, 1, 1, tzinfo=UTC))]

    assert [then.is_final for then in final] == [True, True]
    assert [then.is_final for then in others] == [False, False, False]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_run_cannot_be_due_in_the_past_or_never(seconds):
    with pytest.raises(ValueError, match="due in 0 seconds or more"):
        outcomes.after(seconds)


def test_a_moment_needs_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        outcomes.at(datetime(2030, 1, 1))  # noqa: DTZ001


def test_pauses_after_failures_double_up_to_the_longest():
    pauses = [outcomes.retry_pause(failures, longest=10) for failures in (1, 2, 3, 4, 5, 10**6)]

    assert pauses == [1, 2, 4, 8, 10, 10]
