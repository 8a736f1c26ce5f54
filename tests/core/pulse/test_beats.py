from hypothesis import given
from hypothesis import strategies as st

from zdt_core.pulse.beats import Beat


def beat(every, jitter):
    return Beat("x", lambda: None, every, 5.0, False, jitter)


@given(st.floats(0, 1, exclude_max=True), st.floats(0.01, 1000), st.floats(0, 0.5))
def test_a_pause_stays_within_its_jitter(chance, every, jitter):
    pause = beat(every, jitter).pause(lambda: chance)

    assert every * (1 - jitter) * 0.999 <= pause <= every * (1 + jitter) * 1.001


def test_a_pause_without_jitter_is_the_period():
    assert beat(5, 0).pause() == 5


def test_jitter_reaches_both_ends():
    assert beat(10, 0.2).pause(lambda: 0.0) == 8
    assert beat(10, 0.2).pause(lambda: 0.5) == 10


def test_a_callable_period_is_read_at_each_turn():
    periods = iter([1, 7])
    changing = beat(lambda: next(periods), 0)

    assert [changing.pause(), changing.pause()] == [1, 7]
