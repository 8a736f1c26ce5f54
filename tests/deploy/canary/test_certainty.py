import math

import pytest

from zdt_deploy.canary import certainty
from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.canary.sequential.judge import Opinion
from zdt_deploy.canary.weighing import Gathered

NUMBERS = {
    "canary": {"error_rate": 0.03, "p95_ms": 212.34},
    "stable": {"error_rate": 0.01, "p95_ms": 180.0},
}
OK = Verdict(Outcome.OK, "canary_within_limits", {"requests": 5}, NUMBERS)
WAITING = Verdict(Outcome.WAITING, "canary_too_few", {}, NUMBERS)


def gathered(errors=(0.0, 5.0), latency=(0.0, 5.0)):
    """``(worse, fine)`` of each metric."""
    worse = {"errors": errors[0], "latency": latency[0]}
    fine = {"errors": errors[1], "latency": latency[1]}
    return Gathered(Opinion(worse, fine, math.log(200), math.log(20)), 12)


def test_within_limits_and_surely_fine_is_ok_and_keeps_its_numbers():
    settled = certainty.settle(OK, gathered())

    assert (settled.outcome, settled.code, settled.params) == (OK.outcome, OK.code, OK.params)
    assert settled.evidence["certainty"] == {
        "worse": {"errors": 0, "latency": 0},
        "fine": {"errors": 1, "latency": 1},
        "intervals": 12,
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
    assert settled.params == {"percent": 50}


def test_evidence_for_the_opposite_is_no_evidence():
    assert certainty.settle(OK, gathered(errors=(-9, -9))).params == {"percent": 0}


def test_surely_fine_does_not_replace_the_minimum_of_requests():
    assert certainty.settle(WAITING, gathered()).outcome is Outcome.WAITING


@pytest.mark.parametrize("outcome", [Outcome.BREACH, Outcome.SILENT, Outcome.BLIND])
@pytest.mark.parametrize("evidence", [gathered(), gathered(errors=(9, 0))])
def test_bad_news_of_the_limits_stays(outcome, evidence):
    settled = certainty.settle(Verdict(outcome, "so"), evidence)

    assert (settled.outcome, settled.code) == (outcome, "so")


def test_while_it_is_not_known_what_is_usual_nothing_is_ok():
    unknown = Gathered(None, 0, missing=3)

    settled = certainty.settle(OK, unknown)

    assert (settled.outcome, settled.code) == (Outcome.WAITING, "usual_unknown")
    assert settled.params == {"intervals": 3}
    assert certainty.settle(WAITING, unknown).code == "canary_too_few"
