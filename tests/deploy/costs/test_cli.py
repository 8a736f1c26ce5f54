"""`zdt_deployment cost` and `advice`."""

import io
import json
import time

import pytest
from django.core.management import CommandError, call_command

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, PlanFactory, TrafficHourFactory
from zdt_deploy.costs.models import TrafficHour

pytestmark = pytest.mark.django_db
HERE = ("--service", "shop")


@pytest.fixture
def run():
    def run(*words):
        out = io.StringIO()
        try:
            call_command("zdt_deployment", *words, stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue(), str(error)
        return 0, out.getvalue(), ""

    return run


def measured(requests, hours=24):
    """So many requests an hour."""
    last = int(time.time()) // 3600 * 3600
    TrafficHour.objects.bulk_create(
        TrafficHourFactory.build(hour=last - 3600 * number, requests=requests)
        for number in range(hours)
    )


def test_the_numbers_that_the_requirements_name(run):
    code, out, _ = run("cost", *HERE, "--instances", "12")

    assert code == 0
    assert "12 machines, $1,200 a month ($100 each)" in out
    for words in (("blue-green", "24", "$2,400", "+100 %"), ("canary", "13–14", "$1,300–1,400")):
        line = next(line for line in out.splitlines() if line.startswith(words[0]))
        assert all(word in line for word in words)
    assert "An outage costs $2,000–3,000: 3 people for 6 h at $111–167 an hour." in out
    assert "It pays as long as it spares one every" in out


def test_machines_are_those_of_the_fleet_and_every_figure_says_where_it_is_from(run, settings):
    settings.ZDT_COSTS = {"instance_month": 250, "currency": "€"}
    for host in "abc":
        ProcessFactory(host=host, release="1.0", service="shop", environment="test")
    DeploymentFactory.aged(864_000, completed=True)

    found = json.loads(run("cost", *HERE, "--set", "outages_year=2", "--json")[1])

    sources = {name: (each["value"], each["from"]) for name, each in found["figures"].items()}
    assert sources["instances"] == (3, "fleet")
    assert sources["instance_month"] == (250, "setting")
    assert sources["outages_year"] == (2, "given")
    assert sources["deployments_month"][1] == "record"
    assert sources["kept"] == (1, "default")
    assert found["strategies"]["canary"]["instances"] == {"least": 3.25, "most": 3.5}
    assert found["baseline"] == {"instances": 3, "month": 750}


def test_a_plan_says_how_long_it_takes(run):
    steps = [{"percentage": 10, "bake_seconds": 36_000}, {"percentage": 100}]
    PlanFactory(name="careful", fields={"steps": steps, "rollback_window_seconds": 172_800})

    found = json.loads(run("cost", *HERE, "--instances", "3", "--plan", "careful", "--json")[1])

    canary = found["strategies"]["canary"]
    assert (canary["steps_hours"], canary["window_hours"]) == (10, 48)
    assert found["strategies"]["blue_green"]["window_hours"] == 24


def test_region_by_region_is_a_canary_that_takes_as_long_as_all_of_them(run):
    found = json.loads(run("cost", *HERE, "--instances", "3", "--plan", "regional", "--json")[1])

    assert found["strategies"]["canary"]["steps_hours"] == 12


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 1, "Say it: --instances N"),
        (("--instances", "none"), 2, "“instances” must be a number"),
        (("--instances", "3", "--set", "price=3"), 2, "no figure “price”"),
        (("--instances", "3", "--set", "kept"), 2, "sets nothing"),
        (("--instances", "3", "--plan", "nobody's"), 2, "There is no plan"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run, words, code, says):
    found, _, error = run("cost", *HERE, *words)

    assert (found, says in error, "\n" in error) == (code, True, False)


def test_every_figure_is_shown_on_demand(run):
    out = run("cost", *HERE, "--instances", "3", "--figures")[1]

    assert "hour_least" in out
    assert "price of an hour of a person: least" in out


def test_advice_says_what_it_does_not_know(run):
    code, out, _ = run("advice", *HERE)

    assert (code, out.splitlines()[0]) == (
        0, "Not enough data to say whether zero-downtime releases pay here.",
    )  # fmt: skip
    assert "? Traffic is not known yet: 0 h were measured within 7 days" in out


@pytest.mark.parametrize(
    ("requests", "hours", "verdict"),
    [(99, 24, "does_not_pay"), (100, 24, "pays"), (99, 23, "not_enough_data")],
)
def test_advice_is_by_measured_traffic(run, requests, hours, verdict):
    measured(requests, hours)

    found = json.loads(run("advice", *HERE, "--json")[1])

    assert (found["verdict"], found["facts"]["requests_hour"]) == (verdict, requests)


def test_advice_takes_what_a_site_says_of_itself(run, settings):
    settings.ZDT_ADVICE = {"strong_consistency": True}
    found = json.loads(run("advice", *HERE, "--json")[1])

    assert found["verdict"] == "does_not_pay"
    about = {each["about"]: each["answer"] for each in found["findings"]}
    assert about["consistency"] == "against"
