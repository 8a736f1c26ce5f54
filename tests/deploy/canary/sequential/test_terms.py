"""What is tolerated and what is too much, by what is usual."""

import pytest

from zdt_deploy.canary.sequential.before import Before, Latency, Level
from zdt_deploy.canary.sequential.terms import Counter, Terms

TERMS = Terms()
SOLD = Counter("sold", "lower", 0.01)


def usual(errors=(0.01, 0.0), p95=(225.0, 0.0), block=1):
    level = Level(*p95)
    return Before(Level(*errors), Latency(level, level, level), block)


@pytest.mark.parametrize(
    ("errors", "tolerated", "margin"),
    [
        ((0.001, 0.0), 0.001, 0.005),
        ((0.02, 0.0), 0.002, 0.01),
        ((0.01, 0.001), 0.003, 0.00375),
        ((0.01, 0.02), 0.06, 0.0),
    ],
    ids=["absolute", "relative", "machines that differ", "machines that differ by more"],
)
def test_of_errors(errors, tolerated, margin):
    before = usual(errors)

    assert TERMS.tolerated_errors(before) == pytest.approx(tolerated)
    assert TERMS.unbearable_errors(before) == pytest.approx(margin)


@pytest.mark.parametrize(
    ("p95", "tolerated", "margin"),
    [
        ((400.0, 0.0), 0.05, 0.2),
        ((50.0, 0.0), 0.2, 0.4),
        ((400.0, 20.0), 0.15, 0.1375),
        ((0.0, 0.0), 0.05, 0.2),
    ],
    ids=["relative", "absolute", "machines that differ", "nothing measured"],
)
def test_of_latency(p95, tolerated, margin):
    before = usual(p95=p95)

    assert TERMS.tolerated_slowness(before, before.latency.p95) == pytest.approx(tolerated)
    assert TERMS.unbearable_slowness(before, before.latency.p95) == pytest.approx(margin)


@pytest.mark.parametrize(
    ("level", "tolerated", "margin"),
    [((0.02, 0.0), 0.002, 0.01), ((0.1, 0.0), 0.004, 0.02), ((0.1, 0.005), 0.015, 0.01375)],
    ids=["of the plan", "a fifth of what is usual", "machines that differ"],
)
def test_of_a_counter(level, tolerated, margin):
    assert TERMS.tolerated_of(SOLD, Level(*level)) == pytest.approx(tolerated)
    assert TERMS.unbearable_of(SOLD, Level(*level)) == pytest.approx(margin)


@pytest.mark.parametrize(
    ("terms", "shares"),
    [
        (Terms(), {"errors": 0.5, "latency": 0.5}),
        (Terms(latency_margin_relative=None), {"errors": 1.0}),
        (
            Terms(counters=(SOLD, Counter("paid", "lower", 0))),
            {"errors": 0.4, "latency": 0.4, "counter:sold": 0.1, "counter:paid": 0.1},
        ),
    ],
)
def test_metrics_share_the_mistakes_and_no_more_than_all_of_them(terms, shares):
    assert terms.shares == pytest.approx(shares)
    assert sum(terms.shares.values()) == pytest.approx(1)
