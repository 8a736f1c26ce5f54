"""What strategies cost: the cases that the requirements name, and what they are made of."""

from dataclasses import fields

import pytest

from zdt_deploy.costs import report, rules, words
from zdt_deploy.costs.figures import Figures
from zdt_deploy.costs.report import Report
from zdt_deploy.costs.rules import BLUE_GREEN, CANARY, ROLLING, STRATEGIES, Span

SPAN = Span(steps=1.5, window=24)


def told(strategy, instances, **figures):
    figures = Figures(instances=instances, **figures)
    found = rules.cost(strategy, figures, SPAN)
    return (
        report.count(found.instances), report.money(found.month, figures),
        report.percent(found.percent),
    )  # fmt: skip


def test_three_machines():
    assert [told(each, 3)[0] for each in STRATEGIES] == ["6", "3.3–3.5", "4–5"]


def test_twelve_machines_of_100_a_month():
    assert rules.baseline(Figures(instances=12)) == 1200
    assert told(BLUE_GREEN, 12) == ("24", "$2,400", "+100 %")
    assert told(CANARY, 12) == ("13–14", "$1,300–1,400", "+8–17 %")


def test_an_outage_of_three_people_for_six_hours():
    price = rules.outage(Figures())

    assert report.money(price, Figures()) == "$2,000–3,000"
    assert rules.outage(Figures(lost_hour=1000))[0] == pytest.approx(8000)


def test_a_range_of_salaries_the_wrong_way_round_is_put_right():
    figures = Figures(hour_least=200, hour_most=100)

    assert report.money(rules.outage(figures), figures) == "$1,800–3,600"


def test_one_outage_spared_in_a_quarter_pays_for_canaries_of_twelve_machines():
    figures = Figures(instances=12)
    found = rules.cost(CANARY, figures, SPAN)
    worth = rules.worth(found, figures)

    assert worth.pays is True
    assert worth.spared_year[0] == pytest.approx(8000)


def test_a_deployment_costs_its_steps_and_what_is_kept_for_the_way_back():
    figures = Figures(instances=10, instance_month=730, deployments_month=2, kept=0.5)

    found = rules.cost(CANARY, figures, Span(steps=2, window=10))

    assert found.hours == pytest.approx((10 / 12 * 2 + 50, 10 / 6 * 2 + 50))
    assert found.deployment == pytest.approx(found.hours)  # a dollar an hour
    assert found.in_a_month == pytest.approx((2 * found.hours[0], 2 * found.hours[1]))


def test_a_rolling_update_keeps_nothing():
    figures = Figures(instances=3, instance_month=730)

    assert rules.cost(ROLLING, figures, Span(0.5, 24)).deployment == pytest.approx((0.5, 1.0))


@pytest.mark.parametrize(
    ("figures", "pays"),
    [({"outages_year": 0}, False), ({"outages_year": 100}, True),
     ({"outages_year": 1.3, "instances": 12}, None)],
)  # fmt: skip
def test_whether_it_pays_is_open_where_the_ranges_overlap(figures, pays):
    figures = Figures(**{"instances": 3, "deployments_month": 4, **figures})
    found = rules.cost(BLUE_GREEN, figures, Span(12, 24))

    assert rules.worth(found, figures).pays is pays


@pytest.mark.parametrize(
    ("figures", "says"),
    [({"instance_month": 0}, "It costs nothing."), ({"instance_month": 1e-300}, "costs nothing."),
     ({"outage_people": 0}, "An outage costs nothing."), ({"outage_hours": 0}, "costs nothing.")],
)  # fmt: skip
def test_what_costs_nothing_has_no_price_to_spare(figures, says):
    figures = Figures(**figures)
    found = rules.cost(CANARY, figures, SPAN)
    worth = rules.worth(found, figures)

    assert worth.spares_every is None
    assert says in words.worth(worth, Report(figures, {}, (found,)))


def test_the_largest_figures_have_their_numbers():
    numbers = {f.name: f.metadata["most"] for f in fields(Figures) if f.name != "currency"}
    figures = Figures(**numbers)

    for strategy in STRATEGIES:
        found = rules.cost(strategy, figures, Span(1e6, 1e6))
        assert report.money(rules.worth(found, figures).year, figures).startswith("$")
        assert report.percent(found.percent)
        assert report.count(found.instances)


def test_ranges_the_wrong_way_round_are_put_right():
    figures = Figures(canary_least=0.5, canary_most=0.1, surge_least=2, surge_most=1)

    for strategy in STRATEGIES:
        found = rules.cost(strategy, figures, SPAN)
        assert found.instances[0] <= found.instances[1]


@pytest.mark.parametrize(("value", "shown"), [(3.25, "3.3"), (3.5, "3.5"), (0.05, "0.1")])
def test_numbers_are_rounded_as_people_do(value, shown):
    assert str(rules.rounded(value)) == shown
