"""A client that speaks to the API with a token of its own."""

import json

import pytest

from tests.core.factories import TokenFactory, bearer
from zdt_deploy.deployments.api import endpoints

ROOT = "/zdt/api/"
DEPLOYMENTS = f"{ROOT}deployments/"
EVERY_SCOPE = sorted({endpoint.scope for endpoint in endpoints.ENDPOINTS})


class Api:
    """``token`` is what it sends; other headers by keyword, with underscores."""

    def __init__(self, client, token):
        self.client, self.token = client, token

    def get(self, path="", data=None, **headers):
        return self.client.get(self.url(path), data, headers=self.headers(headers))

    def post(self, path="", body=None, *, key=None, **headers):
        content = body if isinstance(body, (str, bytes)) else json.dumps(body or {})
        headers = headers | ({"Idempotency-Key": key} if key else {})
        return self.client.post(
            self.url(path), content, content_type=headers.pop("kind", "application/json"),
            headers=self.headers(headers),
        )  # fmt: skip

    def headers(self, more):
        return bearer(self.token) | {name.replace("_", "-"): value for name, value in more.items()}

    def url(self, path):
        return path if path.startswith("/") else DEPLOYMENTS + path


@pytest.fixture
def token(db):
    return TokenFactory(name="ci", scopes=EVERY_SCOPE)


@pytest.fixture
def api(client, token):
    return Api(client, token)


@pytest.fixture
def allowed(client):
    """A client whose token has only the scopes that are named."""
    return lambda *scopes: Api(client, TokenFactory(scopes=list(scopes)))
