"""A limit beside evidence: a bad minute waits, and three of them in a row go back."""

from dataclasses import replace
from decimal import Decimal

import pytest

from zdt_core import messages
from zdt_core.metering import histogram
from zdt_deploy.canary.judge import Outcome, judge
from zdt_deploy.canary.limits import Limits, MetricLimit
from zdt_deploy.canary.samples import Baseline, Seen, Window

LIMITS = Limits(spans=3)
FAST, SLOW = histogram.bucket(60), histogram.bucket(600)
GOOD, BAD = 12, 120


def track(*errors, requests=1200, slow=None, **facts):
    """A minute for each number of its ``errors``; windows of a minute."""
    slow = slow or [0] * len(errors)
    return tuple(
        Window(60 * n, requests, failed, {FAST: requests - late, SLOW: late}, **facts)
        for n, (failed, late) in enumerate(zip(errors, slow, strict=True))
    )


def seen(canary, stable=None, **facts):
    usual = {"share": Decimal(10), "since": 0, "until": 60 * len(canary), "seconds": 60}
    stable = stable or track(*[12] * len(canary))
    return Seen(canary, stable, **{**usual, **facts})


@pytest.mark.parametrize(
    "errors", [(GOOD, GOOD, GOOD, BAD), (GOOD, BAD, GOOD, BAD), (BAD, BAD, BAD, GOOD, BAD, BAD)]
)
def test_what_has_not_lasted_waits_and_is_neither_ok_nor_sent_back(errors):
    verdict = judge(seen(track(*errors)), LIMITS)

    assert (verdict.outcome, verdict.code) == (Outcome.WAITING, "limit_crossed")
    assert verdict.params["cause"] == "canary_errors_exceed"
    assert verdict.evidence["limits"]["errors"]["exceeds"]


def test_what_lasts_for_three_intervals_goes_back_with_the_newest_numbers():
    verdict = judge(seen(track(GOOD, GOOD, BAD, BAD, 240)), LIMITS)

    assert (verdict.outcome, verdict.code) == (Outcome.BREACH, "canary_errors_exceed")
    assert (verdict.params["canary"], verdict.params["requests"]) == (20.0, 1200)


def test_once_it_is_over_it_is_ok_again():
    assert judge(seen(track(BAD, BAD, BAD, GOOD)), LIMITS).outcome is Outcome.OK


def test_a_step_that_is_too_young_for_three_waits():
    canary = track(BAD, BAD, BAD, BAD)

    assert judge(seen(canary, since=120), LIMITS).code == "limit_crossed"
    assert judge(seen(canary, since=60), LIMITS).outcome is Outcome.BREACH


def test_where_a_sample_takes_longer_it_takes_three_of_them():
    """1,000 requests are six minutes here, in which chance alone exceeds the limit now and then."""
    stable = track(*[1] * 18, requests=1600)

    def at(*errors):
        return judge(seen(track(*errors, requests=170), stable), LIMITS)

    assert at(*[2] * 12, *[18] * 6).params["seconds"] == 360
    assert at(*[18] * 11, 2, *[2, 18] * 3).outcome is Outcome.BREACH
    assert at(*[18] * 6, *[2] * 6, *[18] * 6).code == "limit_crossed"
    assert at(*[18] * 17).code == "limit_crossed", "too young"


def test_the_limit_that_lasts_is_the_one_that_is_named():
    verdict = judge(seen(track(GOOD, GOOD, BAD, slow=[120, 120, 120])), LIMITS)

    assert (verdict.outcome, verdict.code) == (Outcome.BREACH, "canary_p95_exceeds")
    assert verdict.params["also"] == []
    assert verdict.evidence["limits"]["errors"]["exceeds"], "what was seen is told all the same"


def test_without_stable_beside_it_each_span_is_held_against_the_time_before():
    full = {"share": Decimal(100), "since": 600, "baseline": Baseline.BEFORE}
    stable = track(*[12] * 5)

    def at_100(*errors):
        canary = tuple(replace(w, start=w.start + 600) for w in track(*errors))
        return judge(seen(canary, stable, until=600 + 60 * len(errors), **full), LIMITS)

    assert at_100(GOOD, GOOD, BAD).code == "limit_crossed"
    assert at_100(BAD, BAD, BAD).outcome is Outcome.BREACH


def test_a_counter_with_a_hard_limit_has_to_last_too():
    sold = MetricLimit("sold", "lower", 0.01)
    stable = track(12, 12, 12, counters={"sold": 120})
    few, usual = ({"sold": amount} for amount in (12.0, 120.0))

    def counted(*amounts):
        canary = tuple(
            replace(window, counters=each)
            for window, each in zip(track(12, 12, 12), amounts, strict=True)
        )
        return judge(seen(canary, stable), replace(LIMITS, metrics=(sold,))).outcome

    assert counted(usual, few, few) is Outcome.WAITING
    assert counted(few, few, few) is Outcome.BREACH


def test_minutes_that_nobody_measured_are_no_bad_ones():
    canary = track(BAD, BAD, BAD)

    assert judge(seen((canary[0], canary[2])), LIMITS).code == "limit_crossed"
    assert judge(seen(canary, (canary[0], canary[2])), LIMITS).code != "canary_errors_exceed"


def test_the_sentence_says_what_was_crossed_and_what_comes_next():
    verdict = judge(seen(track(GOOD, GOOD, BAD)), LIMITS)

    assert messages.text(verdict.code, verdict.params) == (
        "Waiting to see whether it lasts: 10.0 % of 1200 requests failed on the new release, 1.0 % "
        "of 1200 on stable: more than 2.0 percentage points apart. It goes back once that is so in "
        "each of 3 spans of 60 s, one after the other."
    )
