import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.fleet.standing import Standing, standing


def of(seconds, *, signed_off=False, has_session=None):
    return standing(
        seen_seconds_ago=seconds,
        signed_off=signed_off,
        has_session=has_session,
        silent_after=15,
        gone_after=600,
    )


@pytest.mark.parametrize(
    ("seconds", "has_session", "expected"),
    [
        (0, None, Standing.LIVE),
        (15, False, Standing.LIVE),
        (15.1, False, Standing.SILENT),
        (600, False, Standing.SILENT),
        (600.1, False, Standing.GONE),
        (600.1, True, Standing.SILENT),
        (1e9, True, Standing.SILENT),
    ],
)
def test_silence_turns_into_absence_only_after_long(seconds, has_session, expected):
    assert of(seconds, has_session=has_session) is expected


@given(st.floats(15.1, 1e9))
def test_a_silent_process_is_never_gone_while_sessions_cannot_be_read(seconds):
    assert of(seconds, has_session=None) is Standing.SILENT


@given(st.floats(0, 1e9), st.sampled_from([None, True, False]))
def test_who_signed_off_is_gone(seconds, has_session):
    assert of(seconds, signed_off=True, has_session=has_session) is Standing.GONE


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from([None, True, False]))
def test_longer_silence_never_makes_a_process_more_alive(one, other, has_session):
    order = [Standing.LIVE, Standing.SILENT, Standing.GONE]
    shorter, longer = sorted((one, other))

    assert order.index(of(shorter, has_session=has_session)) <= order.index(
        of(longer, has_session=has_session)
    )
