import pytest

from tests.deploy.factories import PlanFactory
from zdt_core import database
from zdt_deploy.deployments.checks import plans_are_right


@pytest.mark.django_db
def test_a_stored_plan_that_cannot_be_used_is_found():
    PlanFactory(name="good")
    PlanFactory(name="bad", fields={"minimum_sample": 0})
    [found] = plans_are_right(databases=[database.alias()])
    assert found.id == "zdt_deploy.E002"
    assert "bad" in found.msg


def test_the_database_is_left_alone_unless_it_was_asked_for():
    assert plans_are_right() == []
