"""The checklist by HTTP."""

import pytest

from tests.core.factories import TokenFactory
from tests.deploy.deployments.api.conftest import Api
from tests.deploy.deployments.api.test_openapi import check
from tests.deploy.factories import DeploymentFactory
from zdt_core.events import Event
from zdt_deploy.preflight import results
from zdt_deploy.preflight.models import PreflightMark

pytestmark = pytest.mark.django_db
ALL = ["deployments.read", "preflight.tick", "preflight.waive"]


@pytest.fixture
def api(client):
    return Api(client, TokenFactory(name="ci", scopes=ALL))


@pytest.fixture(autouse=True)
def _lists(items):
    items("looks", by_hand=True)
    items("sees", results.failed("preflight_no_flags"))


def test_a_deployment_s_checklist_is_read(api, pending):
    answer = api.get(f"{pending.pk}/preflight/")

    assert answer.status_code == 200
    found = answer.json()
    check("Checklist", found)
    assert (found["deployment"], found["result"], found["clear"]) == (pending.pk, "failed", False)


def test_a_planned_release_is_read(api):
    answer = api.get("/zdt/api/preflight/", {"version": "2.0", "service": "shop"})

    assert answer.status_code == 200
    check("Checklist", answer.json())
    assert answer.json()["deployment"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [({}, "version"), ({"version": "a b"}, "version"), ({"version": "2.0", "plan": "no"}, "plan"),
     ({"version": "2.0", "planned": "x"}, "planned")],
)  # fmt: skip
def test_a_planned_release_that_cannot_be_is_refused_with_the_field(api, query, field):
    answer = api.get("/zdt/api/preflight/", query)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_an_item_is_ticked_waived_and_taken_back(api, pending):
    answer = api.post(f"{pending.pk}/preflight/tick/", {"item": "looks", "reason": "seen"})
    assert answer.status_code == 200
    check("Checklist", answer.json())
    found = {item["name"]: item for item in answer.json()["items"]}
    assert found["looks"]["result"] == "passed"
    assert found["looks"]["mark"]["by"] == "token:ci"

    sees = {"item": "sees", "reason": "x"}
    assert api.post(f"{pending.pk}/preflight/waive/", sees).json()["clear"]
    assert not api.post(f"{pending.pk}/preflight/withdraw/", sees).json()["clear"]


def test_the_same_request_again_ticks_once(api, pending):
    for _ in range(2):
        answer = api.post(f"{pending.pk}/preflight/tick/", {"item": "looks"}, key="run-17")
        assert answer.status_code == 200

    assert PreflightMark.objects.count() == 1
    again = api.post(f"{pending.pk}/preflight/tick/", {"item": "looks"})
    assert (again.status_code, again.json()["code"]) == (409, "preflight_marked")
    assert again.json()["deployment"]["id"] == pending.pk


BAD = (
    ("tick", {}, 422, "field_missing"),
    ("tick", {"item": "lokks"}, 422, "preflight_item_unknown"),
    ("tick", {"item": "sees"}, 409, "preflight_not_by_hand"),
    ("waive", {"item": "sees"}, 422, "field_missing"),
    ("waive", {"item": "sees", "reason": " "}, 422, "preflight_reason_missing"),
    ("withdraw", {"item": "sees"}, 409, "preflight_no_mark"),
    ("tick", {"item": ["looks"]}, 422, "field_wrong"),
)


def test_bad_input_is_refused_and_changes_nothing(api, pending):
    for word, body, status, code in BAD:
        answer = api.post(f"{pending.pk}/preflight/{word}/", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body

    assert not PreflightMark.objects.exists()


def test_each_word_has_its_scope(client, pending):
    for scope, word in (
        ("deployments.read", "tick"), ("preflight.tick", "waive"), ("preflight.waive", "withdraw"),
        ("preflight.waive", "tick"),
    ):  # fmt: skip
        api = Api(client, TokenFactory(scopes=[scope]))
        answer = api.post(f"{pending.pk}/preflight/{word}/", {"item": "looks", "reason": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "token_too_narrow")

    assert not PreflightMark.objects.exists()
    assert Event.objects.filter(refused=True).exists()


def test_another_environment_is_none_of_its_business(api):
    elsewhere = DeploymentFactory(pending=True, environment="production")

    for answer in (
        api.get(f"{elsewhere.pk}/preflight/"),
        api.post(f"{elsewhere.pk}/preflight/tick/", {"item": "looks"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "token_of_other_environment")
    assert not PreflightMark.objects.exists()
