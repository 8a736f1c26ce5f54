"""A token acts in its own environment alone, whatever the table holds of others."""

import pytest

from tests.core.factories import TokenFactory
from tests.deploy.deployments.api.conftest import EVERY_SCOPE, Api
from tests.deploy.factories import DeploymentFactory, alive
from zdt_core.events import Event
from zdt_deploy.deployments.api.actions import ACTIONS
from zdt_deploy.deployments.api.endpoints import ENDPOINTS
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db
OTHER = "token_of_other_environment"


@pytest.mark.parametrize("path", ["", "/wait", *(f"/{word}" for word in ACTIONS)])
def test_a_deployment_of_another_environment_is_none_of_its_business(api, path):
    row = DeploymentFactory(environment="production")
    ask = api.post if path.strip("/") in ACTIONS else api.get
    answer = ask(f"{row.pk}{path}")

    assert (answer.status_code, answer.json()["code"]) == (403, OTHER)
    row.refresh_from_db()
    assert (row.state, row.revision) == ("observing", 1)
    event = Event.objects.get()
    assert (event.refused, event.code, event.params["here"]) == (True, OTHER, "production")


def test_it_cannot_start_elsewhere(api):
    alive("1.0", "2.0")
    body = {"version": "2.0", "service": "shop", "previous_version": "1.0"}
    answer = api.post(body={**body, "environment": "production"})

    assert (answer.status_code, answer.json()["code"]) == (403, OTHER)
    assert not Deployment.objects.exists()
    assert api.post(body={**body, "environment": "test"}).status_code == 201


def test_a_page_cannot_begin_at_one_of_another_environment(api):
    row = DeploymentFactory(environment="production")

    assert api.get(data={"before": row.pk}).status_code == 403


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_endpoint_asks_for_its_scope_and_environment(client, endpoint):
    row = DeploymentFactory()
    path = "/zdt/api/" + endpoint.path.format(id=row.pk)
    narrow = Api(client, TokenFactory(scopes=[s for s in EVERY_SCOPE if s != endpoint.scope]))
    foreign = Api(client, TokenFactory(scopes=EVERY_SCOPE, environment="production"))
    for speaker, code in ((narrow, "token_too_narrow"), (foreign, OTHER)):
        answer = speaker.get(path) if endpoint.method == "GET" else speaker.post(path, {})
        assert (answer.status_code, answer.json()["code"]) == (403, code)

    row.refresh_from_db()
    assert row.revision == 1
    assert Event.objects.filter(refused=True).count() == Event.objects.count() == 2
