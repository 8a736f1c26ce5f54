"""The judge of requirement D5: what is ok, what goes back, and what nobody can tell."""

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core import messages
from zdt_core.metering import histogram
from zdt_deploy.canary import messages as words
from zdt_deploy.canary.judge import Outcome, judge
from zdt_deploy.canary.limits import Limits, MetricLimit
from zdt_deploy.canary.samples import Baseline, Earlier, Seen, Window, flaw

LIMITS = Limits()
FULL = {"share": Decimal(100), "since": 600, "until": 660, "baseline": Baseline.BEFORE}
FAST, SLOW = histogram.bucket(60), histogram.bucket(400)


def window(start, requests, errors=0, *, slow=0, counters=None):
    latency = {FAST: requests - slow, SLOW: slow}
    return Window(start, requests, errors, {b: n for b, n in latency.items() if n}, counters or {})


def seen(canary, stable, **facts):
    usual = {"share": Decimal(10), "since": 0, "until": 600, "seconds": 10}
    return Seen(tuple(canary), tuple(stable), **{**usual, **facts})


def minutes(requests, errors=0, *, until=600, count=6, **facts):
    """The last minute before ``until``, spread over its six windows."""
    starts = range(until - 10 * count, until, 10)
    return [window(start, requests // count, errors // count, **facts) for start in starts]


def test_a_canary_like_stable_is_within_limits():
    verdict = judge(seen(minutes(1200, 12), minutes(10800, 108)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.OK, "canary_within_limits")
    assert verdict.evidence["canary"]["requests"] == 1200
    assert verdict.evidence["stable"]["error_rate"] == 0.01
    assert verdict.evidence["baseline"] == "concurrent"


def test_without_a_limit_of_latency_it_is_told_all_the_same():
    limits = replace(LIMITS, max_p95_delta_ms=None)
    verdict = judge(seen(minutes(1200, 12), minutes(10800, 108)), limits)
    assert "p95 60.2 ms against 60.2 ms" in messages.text(verdict.code, verdict.params)


def test_errors_above_the_limit_are_a_breach_with_its_numbers():
    verdict = judge(seen(minutes(1200, 60), minutes(10800, 108)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.BREACH, "canary_errors_exceed")
    assert verdict.params == {
        "canary": 5.0, "stable": 1.0, "limit": 2.0,
        "requests": 1200, "stable_requests": 10800, "also": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("errors", "outcome"), [(36, Outcome.OK), (42, Outcome.BREACH)], ids=["at it", "above it"]
)
def test_a_delta_equal_to_the_limit_does_not_exceed_it(errors, outcome):
    # 36/1200 - 108/10800 = 0.03 - 0.01, which floats take for more than 0.02
    assert judge(seen(minutes(1200, errors), minutes(10800, 108)), LIMITS).outcome is outcome


def test_a_slow_tail_is_a_breach_of_p95():
    verdict = judge(seen(minutes(1200, slow=20), minutes(10800)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.BREACH, "canary_p95_exceeds")
    assert verdict.params["canary"] > verdict.params["stable"] + 200


def test_p99_is_judged_where_the_plan_limits_it():
    slow_tail = seen(minutes(1200, slow=8), minutes(10800))  # 4 %: beyond p95, within p99
    assert judge(slow_tail, LIMITS).outcome is Outcome.OK
    assert judge(slow_tail, replace(LIMITS, max_p99_delta_ms=200)).code == "canary_p99_exceeds"


def test_percentiles_are_of_the_merged_histogram_not_of_percentiles():
    # Five quiet windows and one slow one: the mean of the windows' p95 would exceed, the p95 not.
    canary = [*minutes(1200)[:5], window(590, 40, slow=40)]
    assert judge(seen(canary, minutes(10800)), LIMITS).outcome is Outcome.OK


def test_below_the_minimum_sample_it_waits_and_says_how_many_it_has():
    verdict = judge(seen(minutes(990, 330), minutes(10800)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.WAITING, "canary_too_few")
    assert verdict.params == {"requests": 990, "minimum": 1000}


def test_stable_needs_a_sample_too():
    verdict = judge(seen(minutes(1200), minutes(240), share=Decimal(90)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.WAITING, "stable_too_few")


def test_a_late_regression_is_not_diluted_by_a_good_hour():
    good = [window(start, 200) for start in range(0, 3540, 10)]
    bad = [window(start, 200, 20) for start in range(3540, 3600, 10)]
    stable = [window(start, 1800) for start in range(0, 3600, 10)]
    verdict = judge(seen(good + bad, stable, until=3600), LIMITS)
    assert verdict.code == "canary_errors_exceed"
    assert verdict.evidence["canary"]["first_window"] == 3540


def test_a_whole_interval_is_judged_however_busy_its_last_window():
    early_errors = [window(540, 5000, 1000), *(window(s, 5000) for s in range(550, 600, 10))]
    verdict = judge(seen(early_errors, minutes(300000)), LIMITS)
    assert verdict.code == "canary_errors_exceed"


def test_a_slow_site_is_judged_over_as_many_windows_as_its_sample_needs():
    canary = [window(start, 2, 0) for start in range(0, 6000, 10)]
    stable = [window(start, 18, 0) for start in range(0, 6000, 10)]
    verdict = judge(seen(canary, stable, until=6000), LIMITS)
    assert verdict.outcome is Outcome.OK
    assert verdict.evidence["canary"]["first_window"] == 1000
    assert verdict.evidence["stable"]["first_window"] == 1000, "stable: the same windows"


def test_nothing_is_said_while_the_step_warms_up():
    verdict = judge(seen([], [], since=620), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.WAITING, "warming_up")
    assert verdict.params == {"seconds": 20}


def test_a_silent_canary_beside_a_busy_stable_is_found():
    verdict = judge(seen(minutes(1200, until=560), minutes(10800)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.SILENT, "canary_silent")
    assert verdict.params == {"seconds": 40, "expected": 800, "heard": 7200}


def test_a_canary_that_never_answered_is_found_at_the_first_chance():
    verdict = judge(seen([], minutes(10800), since=560), LIMITS)
    assert verdict.outcome is Outcome.SILENT


def test_a_canary_is_not_silent_before_it_should_have_been_heard():
    quiet_site = minutes(162)  # 10 % against 90 %: 18 expected on the canary
    assert judge(seen([], quiet_site), LIMITS).outcome is Outcome.WAITING
    assert judge(seen([], minutes(180)), LIMITS).outcome is Outcome.SILENT


def test_a_short_silence_has_its_grace_and_promotes_nobody():
    verdict = judge(seen(minutes(1200, until=580), minutes(10800)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.WAITING, "canary_lately_silent")
    assert verdict.params == {"seconds": 20, "expected": 400, "heard": 3600}
    assert verdict.evidence["canary"]["requests"] == 1000

    verdict = judge(seen(minutes(1200), minutes(10800, until=580)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.WAITING, "stable_lately_silent")

    few = seen(minutes(1200, until=590), minutes(1020))  # of 170 in the newest, 18 were its own
    assert judge(few, LIMITS).outcome is Outcome.OK


def test_a_canary_that_answers_a_fraction_of_its_share_is_not_promoted():
    limits = replace(LIMITS, minimum_sample=100)
    lossy = seen(minutes(234), minutes(10800))  # 10 % against 90 %: of 1,200
    verdict = judge(lossy, limits)
    assert (verdict.outcome, verdict.code) == (Outcome.WAITING, "canary_loses_requests")
    assert verdict.params == {"requests": 234, "expected": 1200, "share": "10", "heard": 10800}
    assert judge(lossy, replace(limits, routed=False)).outcome is Outcome.OK
    assert judge(seen(minutes(240), minutes(10800)), limits).outcome is Outcome.OK, "a fifth"

    few = replace(limits, minimum_sample=18, minimum_stable=1)
    assert judge(seen(minutes(18), minutes(888)), few).outcome is Outcome.OK, "of 98"
    assert judge(seen(minutes(18, 12), minutes(10800)), few).outcome is Outcome.BREACH


def test_a_silence_that_began_before_the_step_goes_on_in_it():
    late = Earlier(tuple(minutes(30, until=600, count=1)), tuple(minutes(5400)), Decimal(5), 540)
    gone = replace(late, canary=tuple(minutes(30, until=560, count=2)))
    step = {"since": 600, "until": 610, "share": Decimal(25)}

    assert judge(seen([], minutes(900, until=610, count=1), earlier=late, **step), LIMITS).code == (
        "canary_too_few"
    )
    verdict = judge(seen([], minutes(900, until=610, count=1), earlier=gone, **step), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.SILENT, "canary_silent")
    assert verdict.params == {"seconds": 50, "expected": 300 + 189, "heard": 900 + 3600}

    warming = {**step, "since": 660, "until": 600}
    assert judge(seen([], [], earlier=gone, **warming), LIMITS).outcome is Outcome.SILENT
    assert judge(seen([], [], earlier=late, **warming), LIMITS).code == "warming_up"


def test_silence_on_both_sides_is_blindness_however_good_the_past():
    verdict = judge(seen(minutes(1200, until=560), minutes(10800, until=560)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.BLIND, "metrics_absent")


def test_processes_that_report_zeros_differ_from_none_that_report():
    idle = [window(start, 0) for start in range(560, 600, 10)]
    verdict = judge(seen(minutes(1200, until=560), minutes(10800, until=560) + idle), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.BLIND, "traffic_silent")


def test_a_silent_stable_is_blindness():
    verdict = judge(seen(minutes(1200), minutes(10800, until=560)), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.BLIND, "stable_silent")


def test_at_full_share_stable_before_the_step_is_the_baseline():
    before = minutes(1200, 12)
    verdict = judge(seen(minutes(1200, 12, until=660), before, **FULL), LIMITS)
    assert (verdict.outcome, verdict.evidence["baseline"]) == (Outcome.OK, "before")
    verdict = judge(seen(minutes(1200, 60, until=660), before, **FULL), LIMITS)
    assert verdict.code == "canary_errors_exceed"


def test_at_full_share_without_a_baseline_nobody_can_tell():
    verdict = judge(seen(minutes(1200, until=660), [], **FULL), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.BLIND, "no_baseline")


def test_at_full_share_silence_is_blindness():
    assert judge(seen([], minutes(1200), **FULL), LIMITS).code == "metrics_absent"


def test_a_source_that_could_not_answer_is_blindness():
    verdict = judge(seen([], [], problem="metrics_unavailable"), LIMITS)
    assert (verdict.outcome, verdict.code) == (Outcome.BLIND, "metrics_unavailable")


orders = replace(LIMITS, metrics=(MetricLimit("order_placed", "lower", 0.01),))
failures = replace(LIMITS, metrics=(MetricLimit("payment_failed", "higher", 0.01),))


@pytest.mark.parametrize(
    ("limits", "canary", "stable", "outcome", "code"),
    [
        (orders, 10, 100, Outcome.OK, "canary_within_limits"),
        (orders, 8, 100, Outcome.OK, "canary_within_limits"),  # exactly at the margin
        (orders, 7, 100, Outcome.BREACH, "canary_metric_exceeds"),
        (orders, None, 100, Outcome.BREACH, "canary_metric_exceeds"),
        (orders, None, None, Outcome.BLIND, "metric_absent"),
        (failures, 14, 100, Outcome.BREACH, "canary_metric_exceeds"),
        (failures, 7, 100, Outcome.OK, "canary_within_limits"),
        (failures, None, None, Outcome.BLIND, "metric_absent"),
        (failures, None, 100, Outcome.WAITING, "metric_absent_on_canary"),
        (failures, 0, 100, Outcome.OK, "canary_within_limits"),
        (failures, 20, None, Outcome.BREACH, "canary_metric_exceeds"),
        (orders, 10, None, Outcome.WAITING, "metric_absent_on_stable"),
    ],
)
def test_named_metrics_are_judged_per_request(limits, canary, stable, outcome, code):
    name = limits.metrics[0].name

    def counted(n):
        return {} if n is None else {"counters": {name: n}}

    # 200 and 2000 requests a window: 8 and 100 orders are 4 % and 5 %
    verdict = judge(
        seen(minutes(1200, **counted(canary)), minutes(12000, **counted(stable))), limits
    )
    assert (verdict.outcome, verdict.code) == (outcome, code)


def test_a_rare_counter_may_be_missing_from_the_newest_windows():
    earlier = [window(start, 200, counters={"order_placed": 1}) for start in range(480, 540, 10)]
    both = [*earlier, *minutes(1200)]
    assert judge(seen(both, both, share=Decimal(50)), orders).outcome is Outcome.OK


def test_one_breach_counts_even_where_something_else_cannot_be_compared():
    verdict = judge(seen(minutes(1200, 60), minutes(10800)), orders)
    assert verdict.code == "canary_errors_exceed"


# ---- rules that hold for every input ----

BAD = st.sampled_from([math.nan, math.inf, -math.inf, -1, None, "7", True, 0.5])


@st.composite
def windows(draw, start):
    requests = draw(st.integers(0, 3000))
    errors, slow = draw(st.integers(0, requests)), draw(st.integers(0, requests))
    return window(start, requests, errors, slow=slow)


tracks = st.integers(1, 8).flatmap(
    lambda n: st.tuples(*(windows(start) for start in range(600 - 10 * n, 600, 10))).map(list)
)


@given(tracks, tracks, st.data())
def test_an_impossible_number_never_reads_as_ok(canary, stable, data):
    track = data.draw(st.sampled_from([canary, stable]))
    index = data.draw(st.integers(0, len(track) - 1))
    good, bad = track[index], data.draw(BAD)
    track[index] = data.draw(
        st.sampled_from(
            [
                replace(good, requests=bad),
                replace(good, errors=bad),
                replace(good, errors=good.requests + 1),
                replace(good, latency={FAST: bad}),
                replace(good, latency={**good.latency, SLOW + 1: 1}),
                replace(good, counters={"order_placed": -1}),
                replace(good, counters={"order_placed": math.nan}),
                replace(good, flaw="unreadable"),
            ]
        )
    )
    verdict = judge(seen(canary, stable), LIMITS)
    assert flaw(track[index]) or track[index].flaw
    judged = verdict.evidence.get("canary", {}).get("first_window")
    assert verdict.outcome is not Outcome.OK or track[index].start < judged
    assert "unknown)" not in messages.text(verdict.code, verdict.params)


@given(tracks, tracks, st.sampled_from([LIMITS, orders, replace(LIMITS, max_p99_delta_ms=9)]))
def test_every_verdict_has_a_sentence_with_all_its_numbers(canary, stable, limits):
    verdict = judge(seen(canary, stable), limits)
    assert verdict.code in words.SENTENCES
    assert "unknown)" not in messages.text(verdict.code, verdict.params)


@given(tracks, tracks)
def test_more_errors_on_the_canary_never_make_it_better(canary, stable):
    ranks = [Outcome.OK, Outcome.BREACH]
    before = judge(seen(canary, stable), LIMITS)
    worse = [replace(w, errors=w.errors + (w.requests - w.errors + 1) // 2) for w in canary]
    after = judge(seen(worse, stable), LIMITS)
    if before.outcome in ranks:
        assert ranks.index(after.outcome) >= ranks.index(before.outcome)
    else:
        assert after.outcome is before.outcome


@given(tracks, tracks, st.randoms())
def test_the_order_of_the_windows_does_not_matter(canary, stable, random):
    shuffled = [*canary], [*stable]
    for part in shuffled:
        random.shuffle(part)
    assert judge(seen(*shuffled), LIMITS) == judge(seen(canary, stable), LIMITS)


@given(tracks)
def test_a_release_compared_with_itself_is_never_a_breach(track):
    assert judge(seen(track, track, share=Decimal(50)), LIMITS).outcome is not Outcome.BREACH


@pytest.mark.parametrize("limit", [math.nan, math.inf])
def test_an_impossible_limit_never_reads_as_ok(limit):
    verdict = judge(seen(minutes(1200), minutes(10800)), replace(LIMITS, max_error_delta=limit))
    assert verdict.outcome is Outcome.BLIND
