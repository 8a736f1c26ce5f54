import pytest

from tests.deploy.factories import PlanFactory
from zdt_core import database
from zdt_deploy.deployments.checks import core_is_installed, plans_are_right


def test_zdt_core_has_to_be_installed(monkeypatch):
    assert core_is_installed() == []
    monkeypatch.setattr("django.apps.apps.is_installed", lambda name: False)
    assert [found.id for found in core_is_installed()] == ["zdt_deploy.E001"]


@pytest.mark.django_db
def test_a_stored_plan_that_cannot_be_used_is_found():
    PlanFactory(name="good")
    PlanFactory(name="bad", fields={"minimum_sample": 0})
    [found] = plans_are_right(databases=[database.alias()])
    assert found.id == "zdt_deploy.E002"
    assert "bad" in found.msg


def test_the_database_is_left_alone_unless_it_was_asked_for():
    assert plans_are_right() == []
