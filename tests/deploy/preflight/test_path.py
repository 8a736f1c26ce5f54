"""The path of twelve months, as far as the software can see."""

import io
import json

import pytest
from django.core.management import call_command

from tests.deploy.factories import DeploymentFactory, SchemaChangeFactory
from tests.deploy.preflight.conftest import telling
from zdt_core import gates
from zdt_deploy.deployments.plans import Plan, parse_steps
from zdt_deploy.preflight import path
from zdt_deploy.preflight.results import Result

pytestmark = pytest.mark.django_db
PARTS = {"1–2": 4, "3–4": 4, "5–6": 4, "7–9": 4, "10–12": 4}


def seen():
    return {each.milestone.name: each.seen.result for each in path.read("shop", "test")}


@pytest.fixture
def only(monkeypatch):
    """Leaves one milestone."""

    def only(name):
        found = tuple(each for each in path.MILESTONES if each.name == name)
        monkeypatch.setattr(path, "MILESTONES", found)

    return only


def test_every_part_of_the_requirement_has_its_milestones():
    months = [each.months for each in path.MILESTONES]

    assert {part: months.count(part) for part in PARTS} == PARTS


def test_a_service_that_deployed_nothing_yet_is_nowhere():
    found = seen()

    assert found["canary"] is Result.UNKNOWN
    assert found["health"] is Result.UNKNOWN
    assert found["runbooks"] is Result.UNKNOWN


def test_what_was_done_counts():
    telling("2.0")
    plan = Plan.default("canary").changed({"steps": parse_steps("5:10m,100")}).to_json()
    DeploymentFactory(completed=True, started_by="token:ci", plan=plan)
    DeploymentFactory(rolled_back=True)
    SchemaChangeFactory()

    found = seen()
    reached = {name for name, result in found.items() if result is Result.PASSED}
    assert {"health", "drain", "canary", "automated", "drills", "phased", "shorter"} <= reached
    assert found["blue_green"] is Result.UNKNOWN


def test_blue_green_is_seen(only):
    DeploymentFactory(completed=True, blue_green=True)
    only("blue_green")

    assert seen()["blue_green"] is Result.PASSED


def test_another_room_tells_by_its_own_condition(monkeypatch, only):
    only("api_versions")
    monkeypatch.setattr(gates, "_conditions", {})
    gates.condition("path.api_versions", "api")(lambda deployment: gates.open_())

    assert seen()["api_versions"] is Result.PASSED


def test_the_command_tells_and_judges_nothing():
    out = io.StringIO()
    call_command("zdt_preflight", "path", "--service", "shop", "--json", stdout=out)

    found = json.loads(out.getvalue())
    assert len(found["milestones"]) == len(path.MILESTONES)
    assert all(each["text"] for each in found["milestones"])
