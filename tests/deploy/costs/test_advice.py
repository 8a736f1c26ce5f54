"""When zero-downtime work does not pay, by facts that are handed in."""

import pytest

from zdt_core import messages
from zdt_deploy.costs import advice
from zdt_deploy.costs.advice import Answer, Facts, Limits, Verdict

BUSY = {"requests_hour": 5000.0, "hours": 24.0, "deployments_day": 0.5}


def weigh(**facts):
    return advice.weigh(Facts(**facts), Limits())


def said(findings, about):
    found = next(each for each in findings if each.about == about)
    return found.answer, messages.text(found.code, found.params)


def test_a_busy_site_that_nothing_speaks_against():
    verdict, findings = weigh(**BUSY, strong_consistency=False, monolith=False, people=0)

    assert verdict is Verdict.PAYS
    assert {found.answer for found in findings} == {Answer.FOR}
    assert "a restart of 3 s would meet 4.2 of them" in said(findings, "traffic")[1]


def test_nothing_measured_is_not_enough_data():
    verdict, findings = weigh()

    assert verdict is Verdict.NOT_ENOUGH_DATA
    assert {found.answer for found in findings} == {Answer.UNKNOWN}


@pytest.mark.parametrize("requests_hour", [0.0, 5000.0])
@pytest.mark.parametrize("hours", [0, 1, 23.9])
def test_a_day_has_to_be_measured(hours, requests_hour):
    facts = {"hours": hours, "requests_hour": requests_hour}
    verdict, findings = weigh(**BUSY | facts)

    assert verdict is Verdict.NOT_ENOUGH_DATA
    assert "not known yet" in said(findings, "traffic")[1]


def test_little_traffic_is_no_argument_while_a_region_is_not_measured():
    verdict, findings = weigh(**BUSY | {"requests_hour": 99.9}, unmeasured=("eu",))
    assert verdict is Verdict.NOT_ENOUGH_DATA
    assert "without these regions: eu" in said(findings, "traffic")[1]

    assert weigh(**BUSY, unmeasured=("eu",))[0] is Verdict.PAYS


@pytest.mark.parametrize(
    ("facts", "about", "says"),
    [
        ({"requests_hour": 99.9}, "traffic", "are fewer than 100"),
        ({"requests_hour": 0.0}, "traffic", "0.0 requests an hour"),
        ({"deployments_day": 10.0}, "frequency", "10.0 deployments a day are 10 or more"),
        ({"strong_consistency": True}, "consistency", "a short stop while the schema changes"),
        ({"monolith": True}, "monolith", "Draw borders first"),
        ({"people": 8}, "people", "an internal tool of 8 people"),
    ],
)
def test_one_argument_against_it_settles_it(facts, about, says):
    verdict, findings = weigh(**{**BUSY, **facts})

    assert verdict is Verdict.DOES_NOT_PAY
    answer, sentence = said(findings, about)
    assert answer is Answer.AGAINST
    assert says in sentence


def test_what_a_restart_costs_the_people_of_an_internal_tool():
    """Eight people and five deployments a week: two minutes in all."""
    _verdict, findings = weigh(**{**BUSY, "deployments_day": 5 / 7}, people=8)

    assert "cost them 2.0 minutes a week" in said(findings, "people")[1]


def test_an_argument_against_it_counts_though_traffic_is_unknown():
    assert weigh(people=8)[0] is Verdict.DOES_NOT_PAY


@pytest.mark.parametrize("limit", [100.0, 1000.0])
def test_limits_are_a_sites_own(limit):
    facts = Facts(requests_hour=500.0, hours=48.0)
    verdict, _findings = advice.weigh(facts, Limits(requests_hour=limit))

    assert (verdict is Verdict.DOES_NOT_PAY) == (limit > 500)
    assert (verdict is Verdict.PAYS) == (limit < 500)


def test_every_sentence_has_all_its_facts():
    for facts in ({}, BUSY, {"people": 8, **BUSY}, {"people": 8}, {**BUSY, "requests_hour": 1.0}):
        _verdict, findings = weigh(**facts)
        for found in findings:
            assert "unknown)" not in messages.text(found.code, found.params)
            assert messages.text(found.code, found.params) != found.code
