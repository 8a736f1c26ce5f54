import pytest
from django.core.exceptions import ValidationError

from tests.deploy.factories import PlanFactory
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import catalogue
from zdt_deploy.deployments.plans import Plan

pytestmark = pytest.mark.django_db


def test_the_built_in_plans_are_called_like_their_strategies():
    assert catalogue.names() == ["blue_green", "canary", "regional", "rolling"]
    assert catalogue.find("blue_green") == Plan.default("blue_green")
    assert catalogue.default("canary") == Plan.default("canary")


def test_a_named_plan_says_what_differs_from_the_default():
    PlanFactory(name="quick", fields={"interval_seconds": 10, "minimum_sample": 50})
    quick = catalogue.find("quick")
    assert (quick.interval_seconds, quick.minimum_sample) == (10, 50)
    assert quick.steps == Plan.default("canary").steps


def test_a_plan_of_a_strategys_name_is_its_default_and_keeps_to_it():
    PlanFactory(name="blue_green", fields={"patience_seconds": 60})
    assert catalogue.default("blue_green").patience_seconds == 60
    assert catalogue.default("blue_green").strategy == "blue_green"
    assert catalogue.default("canary") == Plan.default("canary")


def test_an_unknown_plan_is_refused_with_all_names():
    PlanFactory(name="quick")
    with pytest.raises(Refused) as refusal:
        catalogue.find("quikc")
    assert refusal.value.params == {
        "name": "quikc",
        "known": "blue_green, canary, quick, regional, rolling",
    }


@pytest.mark.parametrize("fields", [{"step": 1}, {"steps": [{"percentage": 5}]}, [], "x"])
def test_a_plan_that_cannot_be_used_is_no_valid_row(fields):
    row = PlanFactory(fields=fields)
    with pytest.raises(ValidationError) as error:
        row.full_clean()
    assert "fields" in error.value.message_dict


def test_a_plan_that_can_be_used_is_a_valid_row():
    PlanFactory(fields={"steps": [{"percentage": 100}]}).full_clean()
