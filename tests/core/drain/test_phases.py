import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.drain.phases import Phase, enough_wait, phase


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, Phase.SERVING),
        (0, Phase.DRAINING),
        (24.9, Phase.DRAINING),
        (25, Phase.REFUSING),
        (54.9, Phase.REFUSING),
        (55, Phase.OVERDUE),
    ],
)
def test_everything_is_served_until_the_balancer_has_looked_away(seconds, expected):
    assert phase(seconds, wait=25, finish=30) is expected


def test_a_drain_without_waiting_refuses_at_once():
    assert phase(0, wait=0, finish=30) is Phase.REFUSING


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 100), st.floats(0, 100))
def test_a_drain_never_goes_back(one, other, wait, finish):
    earlier, later = sorted((one, other))

    assert phase(earlier, wait=wait, finish=finish) <= phase(later, wait=wait, finish=finish)


def test_the_requirements_balancer_needs_22_seconds():
    assert enough_wait(active_checks=True, interval=5, fall=3, timeout=2) == 22


def test_kubernetes_does_not_check_and_needs_ten():
    assert enough_wait(active_checks=False, interval=5, fall=3, timeout=2) == 10
