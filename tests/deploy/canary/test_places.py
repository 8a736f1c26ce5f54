"""Which of several regions' verdicts decides, and how it is told."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from zdt_core import messages
from zdt_deploy.canary.judge import DOUBTS, Outcome, Verdict
from zdt_deploy.canary.places import Place, decisive

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def place(region, present=False):
    return Place(region, Decimal(10), NOW, present)


def verdict(outcome, **params):
    return Verdict(Outcome(outcome), f"{outcome}_code", params, {"canary": {"requests": 1}})


def decided(*judged):
    found, said = decisive([(place(r, here), verdict(outcome)) for r, here, outcome in judged])
    return found.region, said.outcome.value


def test_where_there_are_no_regions_the_verdict_is_what_it_was():
    everywhere, said = place("", present=True), verdict("ok", requests=5)
    assert decisive([(everywhere, said)]) == (everywhere, said)


@pytest.mark.parametrize("outcome", ["breach", "silent", "blind"])
@pytest.mark.parametrize("here", ["ok", "waiting"])
def test_trouble_in_a_region_that_was_passed_decides(outcome, here):
    assert decided(("eu", True, here), ("us", False, outcome)) == ("us", outcome)


@pytest.mark.parametrize("passed", ["ok", "waiting"])
@pytest.mark.parametrize("here", ["ok", "waiting", "breach", "blind"])
def test_a_region_that_was_passed_is_not_waited_for(passed, here):
    assert decided(("us", False, passed), ("eu", True, here)) == ("eu", here)


@pytest.mark.parametrize("code", sorted(DOUBTS))
def test_what_may_become_trouble_in_a_region_that_was_passed_is_waited_for(code):
    doubt = Verdict(Outcome.WAITING, code)
    for outcome, region in (("ok", "us"), ("waiting", "us"), ("breach", "eu")):
        judged = [(place("eu", present=True), verdict(outcome)), (place("us"), doubt)]
        assert decisive(judged)[0].region == region


def test_what_is_surely_bad_comes_before_what_cannot_be_seen():
    assert decided(("eu", True, "blind"), ("us", False, "breach")) == ("us", "breach")


def test_it_names_its_region_and_keeps_what_was_said_of_all():
    judged = [(place("eu", present=True), verdict("ok")), (place("us"), verdict("blind"))]
    _found, said = decisive(judged)
    assert (said.code, said.params["region"], said.params["cause"]) == (
        "in_region", "us", "blind_code",
    )  # fmt: skip
    assert {r: of["outcome"] for r, of in said.evidence["regions"].items()} == {
        "eu": "ok", "us": "blind",
    }  # fmt: skip
    assert said.evidence["canary"] == {"requests": 1}


def test_the_sentence_begins_with_the_region():
    judged = [(place("eu", present=True), Verdict(Outcome.WAITING, "warming_up", {"seconds": 9}))]
    _found, said = decisive(judged)
    assert messages.text(said.code, said.params).startswith("In eu: Waiting")
