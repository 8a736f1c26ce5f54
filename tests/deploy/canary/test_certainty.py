import math
from dataclasses import replace

import pytest

from zdt_core import messages
from zdt_deploy.canary import certainty
from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.canary.sequential.judge import Opinion
from zdt_deploy.canary.weighing import Gathered

NUMBERS = {
    "canary": {"error_rate": 0.03, "p95_ms": 212.34},
    "stable": {"error_rate": 0.01, "p95_ms": 180.0},
}
HELD_TO = {"errors": {"usual": 0.01, "tolerated": 0.001, "margin": 0.005}}
OK = Verdict(Outcome.OK, "canary_within_limits", {"requests": 5}, NUMBERS)
WAITING = Verdict(Outcome.WAITING, "canary_too_few", {}, NUMBERS)


def gathered(errors=(0.0, 5.0), latency=(0.0, 5.0)):
    """``(worse, fine)`` of each metric."""
    worse = {"errors": errors[0], "latency": latency[0]}
    fine = {"errors": errors[1], "latency": latency[1]}
    needed = dict.fromkeys(worse, math.log(200))
    return Gathered(Opinion(worse, fine, needed, math.log(20)), 12, held_to=HELD_TO)


def test_within_limits_and_surely_fine_is_ok_and_keeps_its_numbers():
    settled = certainty.settle(OK, gathered())

    assert (settled.outcome, settled.code) == (Outcome.OK, "canary_surely_fine")
    assert settled.params == {**OK.params, "odds": 148}
    assert settled.evidence["certainty"] == {
        "worse": {"errors": 0, "latency": 0},
        "fine": {"errors": 1, "latency": 1},
        "intervals": 12,
        "odds": {
            "worse": {"errors": 1, "latency": 1},
            "worse_needed": {"errors": 200, "latency": 200},
            "fine": {"errors": 148, "latency": 148},
            "fine_needed": 20,
        },
        "held_to": HELD_TO,
    }


@pytest.mark.parametrize("verdict", [OK, WAITING])
def test_surely_worse_is_a_breach_whatever_the_limits_say(verdict):
    settled = certainty.settle(verdict, gathered(errors=(6.5, -2.0)))

    assert (settled.outcome, settled.code) == (Outcome.BREACH, "canary_surely_worse_in_errors")
    assert settled.params == {
        "odds": 665, "errors_canary": 3.0, "errors_stable": 1.0, "p95_canary": 212.3,
        "p95_stable": 180.0,
    }  # fmt: skip


def test_the_metric_with_most_evidence_is_named():
    settled = certainty.settle(OK, gathered(errors=(6.0, 0), latency=(900.0, 0)))

    assert settled.code == "canary_surely_worse_in_latency"
    assert settled.params["odds"] == 1_000_000


def test_without_numbers_of_the_newest_windows_a_breach_is_one_still():
    settled = certainty.settle(Verdict(Outcome.WAITING, "warming_up"), gathered(errors=(9, 0)))

    assert settled.outcome is Outcome.BREACH
    assert settled.params["errors_canary"] is None


def test_within_limits_and_not_sure_yet_waits_for_the_weakest_metric():
    settled = certainty.settle(OK, gathered(latency=(0.0, math.log(20) / 2)))

    assert (settled.outcome, settled.code) == (Outcome.WAITING, "not_sure_of_latency")
    assert settled.params == {
        "percent": 50, "errors_canary": 3.0, "errors_stable": 1.0, "p95_canary": 212.3,
        "p95_stable": 180.0,
    }  # fmt: skip


def test_evidence_for_the_opposite_is_no_evidence():
    assert certainty.settle(OK, gathered(errors=(-9, -9))).params["percent"] == 0


def test_surely_fine_does_not_replace_the_minimum_of_requests():
    assert certainty.settle(WAITING, gathered()).outcome is Outcome.WAITING


@pytest.mark.parametrize("outcome", [Outcome.BREACH, Outcome.SILENT, Outcome.BLIND])
@pytest.mark.parametrize("evidence", [gathered(), gathered(errors=(9, 0))])
def test_bad_news_of_the_limits_stays(outcome, evidence):
    settled = certainty.settle(Verdict(outcome, "so"), evidence)

    assert (settled.outcome, settled.code) == (outcome, "so")


def test_a_counter_that_nobody_counts_hides_no_worse_release():
    """One comparison that cannot be made makes blind, as long as no other one is a breach."""
    measured = {side: {**NUMBERS[side], "requests": 900} for side in NUMBERS}
    blind = Verdict(Outcome.BLIND, "metric_absent", {"name": "sold"}, measured)

    assert certainty.settle(blind, gathered()).code == "metric_absent"
    assert certainty.settle(blind, gathered(errors=(9, 0))).outcome is Outcome.BREACH


def test_while_it_is_not_known_what_is_usual_nothing_is_ok():
    unknown = Gathered(None, 0, missing=3)

    settled = certainty.settle(OK, unknown)

    assert (settled.outcome, settled.code) == (Outcome.WAITING, "usual_unknown")
    assert settled.params == {"intervals": 3}
    assert certainty.settle(WAITING, unknown).code == "canary_too_few"


@pytest.mark.parametrize(
    ("worse", "fine", "code"),
    [(6.0, 0.0, "canary_surely_worse_in_counter"), (0.0, 1.0, "not_sure_of_counter")],
)
def test_a_counter_is_named_with_what_it_was_per_request(worse, fine, code):
    metric = "counter:sold"
    opinion = Opinion({metric: worse}, {metric: fine}, {metric: 5.0}, 3.0)
    numbers = {
        "canary": {"requests": 100, "counters": {"sold": 4}},
        "stable": {"requests": 900, "counters": {"sold": 45}},
    }

    settled = certainty.settle(replace(OK, evidence=numbers), Gathered(opinion, 3))

    assert settled.code == code
    assert settled.params["name"] == "sold"
    assert (settled.params["amount_canary"], settled.params["amount_stable"]) == (0.04, 0.05)
    assert "unknown" not in messages.text(settled.code, settled.params)


def test_of_two_metrics_the_one_furthest_beyond_what_it_needs_is_named():
    opinion = Opinion(
        {"errors": 5.5, "counter:sold": 6.5}, {"errors": 0.0, "counter:sold": 0.0},
        {"errors": 5.0, "counter:sold": 6.2}, 3.0,
    )  # fmt: skip

    assert certainty.settle(OK, Gathered(opinion, 3)).code == "canary_surely_worse_in_errors"
