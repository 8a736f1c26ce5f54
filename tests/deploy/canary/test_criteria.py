"""What a release is held to, in sentences."""

from types import SimpleNamespace

import pytest

from zdt_deploy.canary.criteria import criteria, sureties
from zdt_deploy.canary.judge import Outcome, judge
from zdt_deploy.canary.limits import Limits
from zdt_deploy.canary.samples import Seen, Window
from zdt_deploy.deployments.plans import Plan


def track(requests=10_000, errors=40, p95=180.0, p99=300.0, **counters):
    return {"requests": requests, "errors": errors, "p50_ms": 20.0, "p95_ms": p95, "p99_ms": p99,
            "counters": counters}  # fmt: skip


def measured(canary, stable=None):
    return SimpleNamespace(canary=canary, stable=stable or track())


def plan(**fields):
    return Plan.default("canary").changed(fields)


def by_mark(found):
    return {one.sentence.split(" against")[0]: one.holds for one in found}


def test_what_holds_says_so_with_its_numbers():
    found = criteria(plan(), measured(track()))

    assert [one.holds for one in found] == [True] * 4
    assert [one.mark for one in found] == ["✓"] * 4
    assert "10,000 requests on the new release: 1,000 are needed for a verdict." in [
        one.sentence for one in found
    ]
    assert found[2].sentence == ("Error rate 0.4 % against 0.4 %: may exceed stable by 2 points.")
    assert found[3].sentence == "p95 180 ms against 180 ms: may exceed stable by 200 ms."


@pytest.mark.parametrize(
    ("canary", "broken"),
    [(track(errors=241), "Error rate 2.41 %"), (track(p95=381.0), "p95 381 ms")],
)
def test_what_is_exceeded_does_not_hold(canary, broken):
    assert by_mark(criteria(plan(), measured(canary)))[broken] is False


def test_what_equals_its_limit_holds():
    assert by_mark(criteria(plan(), measured(track(errors=240))))["Error rate 2.4 %"] is True


def test_with_too_few_requests_nothing_is_known():
    found = criteria(plan(), measured(track(requests=10, errors=9)))

    assert found[0].holds is None
    assert [one.holds for one in found[2:]] == [None, None]
    assert found[0].mark == "…"


def test_before_anything_was_measured_the_limits_are_shown():
    found = criteria(plan(max_p99_delta_ms=500), None)

    assert {one.holds for one in found} == {None}
    assert "Error rate: may exceed stable by 2 points." in [one.sentence for one in found]
    assert "p99: may exceed stable by 500 ms." in [one.sentence for one in found]


def test_metrics_of_the_plan_are_among_them():
    orders = [{"name": "orders", "worse": "lower", "margin": 0.01}]
    with_orders = plan(judge="thresholds", metrics=orders)
    better = measured(track(orders=500), track(orders=400))
    worse = measured(track(orders=100), track(orders=400))

    assert criteria(with_orders, better)[-1].holds is True
    assert criteria(with_orders, worse)[-1].holds is False
    assert criteria(with_orders, measured(track()))[-1].holds is None


def test_the_judge_and_the_sentences_agree():
    """What the judge recorded of a breach is a criterion that does not hold."""
    windows = {
        name: (Window(0, 10_000, errors, {100: 10_000}),)
        for name, errors in (("canary", 300), ("stable", 99))
    }
    seen = Seen(**windows, share=50, since=0, until=60, seconds=60)
    verdict = judge(seen, Limits())

    found = criteria(plan(), SimpleNamespace(**{n: verdict.evidence[n] for n in windows}))

    assert verdict.outcome is Outcome.BREACH
    assert False in [one.holds for one in found]


def certainty(errors=(0.0, 0.4), latency=(0.0, 1.0)):
    """``(worse, fine)`` of each metric."""
    sides = zip(("worse", "fine"), zip(errors, latency, strict=True), strict=True)
    return {side: {"errors": e, "latency": n} for side, (e, n) in sides}


def test_evidence_is_said_in_percent_of_what_is_needed():
    found = sureties(plan(), certainty())

    assert [one.holds for one in found] == [None, True]
    assert found[0].sentence == (
        "Fails no more often than stable: 40 % of the evidence that is needed. For a rollback: 0 %."
    )


def test_enough_evidence_against_it_does_not_hold():
    assert [one.holds for one in sureties(plan(), certainty(errors=(1.0, 0)))] == [False, True]


def test_without_evidence_nothing_is_sure():
    assert [one.holds for one in sureties(plan(), None)] == [None, None]


def test_latency_that_is_left_to_the_limits_needs_no_evidence():
    assert len(sureties(plan(latency_margin=None), certainty())) == 1


def test_by_limits_alone_nothing_is_said_of_evidence():
    assert sureties(plan(judge="thresholds"), certainty()) == []


def test_metrics_of_the_plan_are_held_to_evidence_by_the_sequential_judge():
    with_orders = plan(metrics=[{"name": "orders", "worse": "lower", "margin": 0.01}])
    few, uncounted = track(orders=100), track()

    assert len(criteria(with_orders, measured(few, track(orders=400)))) == 4
    assert criteria(with_orders, measured(uncounted))[-1].sentence == (
        "“orders” has not been counted yet."
    )
    assert sureties(with_orders, None)[-1].sentence == (
        "“orders” per request no worse than on stable: no evidence yet."
    )
    found = {side: {"counter:orders": 0.5, **of} for side, of in certainty().items()}
    assert sureties(with_orders, found)[-1].sentence == (
        "“orders” per request no worse than on stable: 50 % of the evidence that is needed. For a "
        "rollback: 50 %."
    )
