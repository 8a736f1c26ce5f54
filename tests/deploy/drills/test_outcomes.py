"""What the three times of a drill come to."""

import pytest

from zdt_core import messages
from zdt_deploy.drills import outcomes
from zdt_deploy.drills.outcomes import Point, State, Taken

UNSEEN = ("metrics_unavailable", {"reason": "Redis is away."})


def of(decision, zero, stable, least=0.0):
    times = zip(Point, (decision, zero, stable), strict=True)
    return outcomes.of([Taken(p, 120.0, s, 0.0 if s else least) for p, s in times], UNSEEN)


@pytest.mark.parametrize(
    ("times", "least", "state", "code"),
    [
        ((0.4, 3, 8), 0, "passed", "drill_passed"),
        ((0.4, 3, 120), 0, "passed", "drill_passed"),
        ((0.4, 3, 120.1), 0, "failed", "drill_stable_late"),
        ((0.4, 121, 8), 0, "failed", "drill_zero_late"),
        ((121, 122, 123), 0, "failed", "drill_decision_late"),
        ((0.4, 3, None), 60, "unseen", "drill_stable_unseen"),
        ((0.4, 3, None), 121, "failed", "drill_stable_missed"),
        ((0.4, None, None), 900, "failed", "drill_zero_missed"),
        ((0.4, None, None), 60, "unseen", "drill_zero_unseen"),
        ((0.4, 130, None), 0, "failed", "drill_zero_late"),
    ],
)
def test_what_was_not_seen_is_neither_passed_nor_zero(times, least, state, code):
    found = of(*times, least=least)

    assert (found.state, found.code) == (state, code)
    assert "unknown)" not in messages.text(found.code, found.params)


def test_why_a_time_is_unknown_is_said():
    found = of(0.4, 3, None)

    assert "could not be read: Redis is away." in messages.text(found.code, found.params)


def test_every_state_is_live_made_or_called_off():
    assert set(State) == {*outcomes.LIVE, *outcomes.MADE, State.CALLED_OFF}
