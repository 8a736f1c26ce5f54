"""The OpenAPI document: valid, complete, and what the API really answers."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.deploy.deployments.api.conftest import ROOT
from tests.deploy.factories import DeploymentFactory, VerdictFactory, alive
from zdt_deploy.deployments.api import openapi
from zdt_deploy.deployments.api.actions import ACTIONS
from zdt_deploy.deployments.api.endpoints import ENDPOINTS
from zdt_deploy.deployments.api.schemas import ALL
from zdt_deploy.drills.api.endpoints import ENDPOINTS as DRILLS
from zdt_deploy.freezes.api import ANSWERS
from zdt_deploy.preflight.api.endpoints import ENDPOINTS as PREFLIGHT

DOCUMENT = openapi.document(ROOT)


def operations():
    return {
        (method.upper(), path): found
        for path, methods in DOCUMENT["paths"].items()
        for method, found in methods.items()
    }


def check(name, value):
    """``value`` fits the schema ``name``."""
    Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": ALL}).validate(value)


def test_it_is_valid_openapi():
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_is_served_without_a_token_and_names_where_the_api_is(client):
    found = client.get(f"{ROOT}openapi.json").json()

    assert found == json.loads(json.dumps(DOCUMENT))
    assert found["servers"] == [{"url": "/zdt/api"}]


def test_every_endpoint_is_in_it_with_its_scope():
    found = operations()

    rooms = (ACTIONS, PREFLIGHT, ANSWERS, DRILLS)
    assert len(found) == len(ENDPOINTS) == 6 + sum(map(len, rooms))
    for endpoint in ENDPOINTS:
        operation = found[endpoint.method, f"/{endpoint.path}"]
        assert endpoint.scope in operation["description"]
    assert len({each["operationId"] for each in found.values()}) == len(found)


def test_every_post_takes_an_idempotency_key_and_no_get_does():
    for (method, _), operation in operations().items():
        names = {each["name"] for each in operation["parameters"]}
        assert ("Idempotency-Key" in names) == (method == "POST")


@pytest.mark.django_db
class TestAnswers:
    STATES = ("pending", "observing", "held", "baking", "stuck", "rolled_back", "completed")

    @pytest.mark.parametrize("state", STATES)
    def test_a_status_in_any_state(self, api, state):
        row = DeploymentFactory(**{state: True})
        VerdictFactory(deployment=row)

        check("Deployment", api.get(row.pk).json())

    def test_a_list(self, api):
        DeploymentFactory(rolled_back=True)
        DeploymentFactory()

        check("Deployments", api.get().json())

    @pytest.mark.parametrize("state", ["completed", "rolled_back"])
    def test_a_wait(self, api, state):
        check("Waited", api.get(f"{DeploymentFactory(**{state: True}).pk}/wait").json())

    def test_a_start_and_its_refusals(self, api):
        check("Problem", api.post(body={"version": "2.0"}).json())
        alive("1.0", "2.0")
        start = {"version": "2.0", "service": "shop", "previous_version": "1.0"}
        check("Deployment", api.post(body=start).json())
        check("Problem", api.post(body={"versoin": "2.0"}).json())
        check("Problem", api.post(body=start | {"version": "3.0"}).json())


_FLAT = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=50)
)
_JSON = (
    _FLAT | st.lists(_FLAT, max_size=3) | st.dictionaries(st.text(max_size=9), _FLAT, max_size=3)
)
_FUZZED = ("startDeployment", "beginDeployment", "pauseDeployment")


def _bodies(fields):
    """Objects with some of the fields, each with a value that fits its type, or with anything."""
    names = [field.name for field in fields]
    return st.dictionaries(st.sampled_from(names) | st.text(max_size=9), _JSON, max_size=5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "endpoint", [e for e in ENDPOINTS if e.name in _FUZZED], ids=lambda e: e.name
)
def test_whatever_is_sent_the_answer_is_as_documented(api, endpoint):
    """And never 500. What the document forbids is not done."""
    row = DeploymentFactory(paused=True)
    path = "/zdt/api/" + endpoint.path.format(id=row.pk)
    operation = operations()[endpoint.method, f"/{endpoint.path}"]
    asked = Draft202012Validator(operation["requestBody"]["content"]["application/json"]["schema"])

    @settings(
        max_examples=15, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(body=_bodies(endpoint.body))
    def ask(body):
        answer = api.post(path, json.dumps(body))

        assert str(answer.status_code) in operation["responses"], answer.content
        check("Problem" if answer.status_code >= 400 else endpoint.gives[1], answer.json())
        if not asked.is_valid(body):
            assert answer.status_code == 422

    ask()
