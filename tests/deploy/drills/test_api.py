"""Drills over HTTP."""

import pytest

from tests.core.factories import TokenFactory
from tests.deploy.deployments.api.conftest import EVERY_SCOPE, ROOT, Api
from tests.deploy.deployments.api.test_openapi import check
from tests.deploy.drills.stage import Stage
from tests.deploy.factories import DeploymentFactory, DrillFactory
from zdt_deploy.drills import operations
from zdt_deploy.drills.rehearsing import ACTOR

pytestmark = pytest.mark.django_db
LIST = f"{ROOT}drills/"


@pytest.fixture
def with_scopes(client):
    return lambda *scopes: Api(client, TokenFactory(scopes=list(scopes)))


def test_one_is_begun_and_listed(with_scopes):
    api, stage = with_scopes(*EVERY_SCOPE), Stage()

    made = api.post(f"{stage.id}/drill/", {"reason": "monthly"}, key="k")
    assert (made.status_code, made.json()["outcome"]) == (200, "called")
    check("Drill", made.json())
    assert api.post(f"{stage.id}/drill/", {"reason": "monthly"}, key="k").json() == made.json()
    again = api.post(f"{stage.id}/drill/")
    assert (again.status_code, again.json()["code"]) == (409, "drill_under_way")

    found = api.get(LIST, {"service": "shop"}).json()
    check("Drills", found)
    assert [row["outcome"] for row in found["drills"]] == ["called"]
    assert [row["due"] for row in found["places"]] == [False]


def test_an_announced_one_is_called_off(with_scopes):
    api, stage = with_scopes(*EVERY_SCOPE), Stage()
    none = api.post(f"{stage.id}/drill/call-off/")
    assert (none.status_code, none.json()["code"]) == (409, "no_drill_announced")

    operations.announce(stage.id, actor=ACTOR)
    done = api.post(f"{stage.id}/drill/call-off/", {"reason": "load test"})
    assert (done.status_code, done.json()["outcome"]) == (200, "called_off")


def test_each_needs_its_scope_and_a_list_is_of_ones_own_environment(with_scopes):
    DrillFactory(environment="staging")
    row = DeploymentFactory()
    others = [each for each in EVERY_SCOPE if each != "drills.run"]

    assert with_scopes(*others).post(f"{row.pk}/drill/").status_code == 403
    assert with_scopes(*others).post(f"{row.pk}/drill/call-off/").status_code == 403
    assert with_scopes("drills.run").get(LIST).status_code == 403
    assert with_scopes("deployments.read").get(LIST).json()["drills"] == []
