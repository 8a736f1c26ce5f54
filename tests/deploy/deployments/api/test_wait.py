"""Waiting by HTTP: bounded, settled or not, and without a connection in the meantime."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections
from django.test import AsyncClient, override_settings

from tests.core.factories import TokenFactory, bearer
from tests.deploy.deployments.api.conftest import DEPLOYMENTS
from tests.deploy.factories import DeploymentFactory
from zdt_core.access import guard
from zdt_core.drain import state as drain
from zdt_core.events import Event
from zdt_deploy.deployments.api import views


@pytest.mark.django_db
class TestAnswers:
    @pytest.mark.parametrize(
        ("state", "until", "settled", "succeeded"),
        [
            ("baking", "baking", True, True),
            ("completed", "baking", True, True),
            ("completed", "completed", True, True),
            ("rolled_back", "baking", True, False),
            ("cancelled", "completed", True, False),
        ],
    )
    def test_what_is_settled_is_told_at_once(self, api, state, until, settled, succeeded):
        row = DeploymentFactory(**{state: True})
        said = api.get(f"{row.pk}/wait/", {"until": until}).json()

        assert (said["state"], said["settled"], said["succeeded"]) == (state, settled, succeeded)

    @pytest.mark.parametrize("state", ["observing", "held", "stuck", "rolling_back"])
    def test_what_goes_on_is_told_when_the_time_is_up(self, api, state, monkeypatch):
        monkeypatch.setattr(views, "LONGEST_WAIT", 0)
        row = DeploymentFactory(**{state: True})
        said = api.get(f"{row.pk}/wait/").json()

        assert (said["settled"], said["succeeded"]) == (False, None)
        assert said["sentence"]

    @pytest.mark.parametrize(
        ("query", "field"),
        [({"until": "friday"}, "until"), ({"timeout": "4h"}, "timeout"), ({"unitl": "x"}, "unitl")],
    )
    def test_a_query_that_is_wrong_is_named(self, api, query, field):
        answer = api.get("x/wait/", query)

        assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_it_needs_the_scope_to_look(self, allowed):
        assert allowed("deployments.start").get("x/wait/").status_code == 403


class TestFollowing:
    @pytest.fixture
    def follow(self):
        """Looks at ``states`` one after the other: (what was found, the pauses in between)."""

        def follow(*states, timeout=20):
            left, pauses = list(states), []

            async def look():
                return {"settled": left.pop(0)}

            async def pause(seconds):
                pauses.append(seconds)

            return async_to_sync(views.follow)(look, timeout, pause), pauses

        return follow

    def test_it_looks_each_second_until_it_is_settled(self, follow):
        found, pauses = follow(False, False, True)

        assert found == {"settled": True}
        assert pauses == [1.0, 1.0]

    def test_it_ends_when_the_time_is_up(self, follow):
        assert follow(False, timeout=0) == ({"settled": False}, [])

    def test_nobody_waits_longer_than_a_server_bears(self, follow, monkeypatch):
        monkeypatch.setattr(views, "LONGEST_WAIT", 0)

        assert follow(False, timeout=3600) == ({"settled": False}, [])

    def test_a_server_that_drains_lets_them_go(self, follow, monkeypatch):
        monkeypatch.setattr(drain, "draining", lambda: True)

        assert follow(False) == ({"settled": False}, [])


@pytest.mark.django_db(transaction=True)
class TestConnections:
    def test_none_is_held_between_two_looks(self, rf):
        request = rf.get("/", headers=bearer(TokenFactory()))
        guard._admit_and_let_go(request, "deployments.read")
        assert connection.connection is None

        views._look(request, DeploymentFactory().pk, "baking")
        assert connection.connection is None

    def test_it_works_under_asgi(self):
        row, token = DeploymentFactory(completed=True), TokenFactory()
        url = f"{DEPLOYMENTS}{row.pk}/wait/"
        answer = async_to_sync(AsyncClient().get)(url, headers=bearer(token))

        assert (answer.status_code, answer.json()["settled"]) == (200, True)


@pytest.mark.django_db(transaction=True)
def test_a_site_with_atomic_requests_keeps_its_refusals_and_can_wait(api, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    row = DeploymentFactory(completed=True)

    assert api.get(f"{row.pk}/wait/").status_code == 200
    assert api.post(f"{row.pk}/pause").status_code == 409
    assert Event.objects.get(refused=True).code == "illegal_move"


@pytest.mark.django_db
def test_a_site_that_asks_everybody_to_sign_in_does_not_ask_programs(api, settings):
    more = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, more]):
        assert api.get().status_code == 200
        assert api.post(body={}).status_code == 422
        assert api.get("/zdt/api/openapi.json").status_code == 200
