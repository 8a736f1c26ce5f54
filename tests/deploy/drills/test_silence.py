"""When a release has served its last request, as windows of ten seconds tell."""

import pytest

from zdt_deploy.canary.samples import Window
from zdt_deploy.drills import silence

SINCE, SETTLED = 1003.0, 1008.0


def windows(counts, first=1000, flaw=""):
    return [Window(first + 10 * n, requests=r, errors=0, flaw=flaw) for n, r in enumerate(counts)]


def heard(released, stable=(9,) * 20, until=1200, settled=SETTLED, flaw=""):
    return silence.last_request(
        windows(released, flaw=flaw), windows(stable),
        since=SINCE, settled=settled, until=until, seconds=10,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("released", "last"),
    [([5, 5, 5], 1030.0), ([5], 1010.0), ([5, 0, 0, 1], 1040.0), ([0, 0], SINCE), ([], SINCE)],
)
def test_it_is_the_end_of_the_last_window_with_a_request(released, last):
    assert heard(released) == silence.Heard(last, still=heard(released).still)


def test_a_request_before_the_decision_is_none_after_it():
    assert heard([0, 0]).last == SINCE
    early = windows([7], first=980)
    found = silence.last_request(
        early, windows((9,) * 20), since=SINCE, settled=SETTLED, until=1200, seconds=10
    )
    assert (found.last, found.still) == (SINCE, None)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"released": [5, 5], "until": 1070}, "drill_not_quiet_yet"),
        ({"released": [5, 5], "settled": 1150.0}, "drill_not_quiet_yet"),
        ({"released": [5] * 20}, "drill_not_quiet_yet"),
        ({"released": [5, 5], "stable": [9] * 14}, "drill_stable_silent"),
        ({"released": [5, 5], "stable": []}, "drill_stable_silent"),
        ({"released": [5, 5], "flaw": "count_negative"}, "drill_metrics_flawed"),
    ],
)
def test_what_proves_nothing_is_unknown_with_its_reason(facts, why):
    found = heard(**facts)

    assert (found.last, found.why) == (None, why)


def test_until_when_it_certainly_served_is_known_all_the_same():
    assert heard([5] * 20).still == 1190.0
    assert heard([5, 5], stable=[]).still == 1010.0
    assert heard([5], stable=[]).still is None, "that window began before the decision"
