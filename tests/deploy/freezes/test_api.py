"""Emergencies over HTTP."""

import pytest
from django.contrib.auth import get_user_model

from tests.core.factories import TokenFactory
from tests.deploy.deployments.api.conftest import EVERY_SCOPE, Api
from tests.deploy.factories import DeploymentFactory, EmergencyFactory, FreezeFactory, alive
from tests.people import UserFactory
from zdt_core.events import Event
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes.models import Emergency

pytestmark = pytest.mark.django_db


MAY = ["start_deployment", "approve_emergency", "review_emergency"]


@pytest.fixture
def made_by(client):
    """A client with the token of that person, who has an account where they are a user."""
    people = {}

    def made_by(maker, *scopes):
        if maker.startswith("user:") and maker not in people:
            people[maker] = UserFactory(username=maker.removeprefix("user:"), can=MAY)
        return Api(client, TokenFactory(created_by=maker, scopes=list(scopes or EVERY_SCOPE)))

    return made_by


def test_from_the_start_to_the_approval(made_by):
    alive("1.0", "2.0")
    FreezeFactory(name="peak")
    ada, bob = made_by("user:ada"), made_by("user:bob")
    body = {"version": "2.0", "service": "shop", "previous_version": "1.0"}
    refused = ada.post(body=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "frozen_until_ended")

    made = ada.post(body={**body, "emergency": True, "reason": "down"})
    assert (made.status_code, made.json()["state"]) == (201, "pending")
    assert made.json()["emergency"]["requester"] == "ada"
    id = made.json()["id"]
    own = ada.post(f"{id}/emergency/approve/")
    assert (own.status_code, own.json()["code"]) == (409, "four_eyes")

    given = bob.post(f"{id}/emergency/approve/", {"reason": "seen it"})
    assert (given.status_code, given.json()["emergency"]["standing"]) == (200, "approved")
    assert bob.post(f"{id}/begin/").json()["state"] == "shifting"


def test_two_tokens_of_one_person_are_one_person(made_by):
    row = EmergencyFactory(requester="ada")

    found = made_by("shell:Ada").post(f"{row.deployment_id}/emergency/approve/")

    assert found.json()["code"] == "four_eyes"


def test_a_token_that_a_shared_login_made_speaks_for_nobody(made_by):
    row = DeploymentFactory()

    found = made_by("shell:root").post(f"{row.pk}/emergency/", {"reason": "down"})
    assert (found.status_code, found.json()["code"]) == (409, "token_of_nobody")
    start = {"version": "2.0", "service": "shop", "emergency": True, "reason": "down"}
    assert made_by("shell:root").post(body=start).json()["code"] == "token_of_nobody"
    assert not Emergency.objects.exists()


def test_a_token_of_somebody_who_left_approves_nothing(made_by):
    row = EmergencyFactory(requester="ada")
    bob = made_by("user:bob")
    get_user_model().objects.update(is_active=False)

    found = bob.post(f"{row.deployment_id}/emergency/approve/")

    assert (found.status_code, found.json()["code"]) == (409, "token_maker_may_not")
    assert Emergency.objects.get().approved_at is None
    assert Event.objects.get(refused=True).code == "token_maker_may_not"


@pytest.mark.parametrize(
    ("path", "scope"),
    [("emergency/", "start"), ("emergency/approve/", "approve_emergency"),
     ("emergency/decline/", "approve_emergency"), ("emergency/review/", "review_emergency")],
)  # fmt: skip
def test_each_needs_its_scope(made_by, path, scope):
    row = DeploymentFactory()
    others = [each for each in EVERY_SCOPE if each != f"deployments.{scope}"]

    assert made_by("user:bob", *others).post(f"{row.pk}/{path}").status_code == 403
    assert made_by("user:bob", f"deployments.{scope}").post(f"{row.pk}/{path}").status_code != 403


def test_declining_and_reviewing(made_by):
    bob = made_by("user:bob")
    row = EmergencyFactory()
    assert bob.post(f"{row.deployment_id}/emergency/decline/").json()["field"] == "reason"
    declined = bob.post(f"{row.deployment_id}/emergency/decline/", {"reason": "no"})
    assert (declined.status_code, declined.json()["emergency"]) == (200, None)

    over = EmergencyFactory(approved=True, deployment=DeploymentFactory(service="b", baking=True))
    found = bob.post(f"{over.deployment_id}/emergency/review/", {"reason": "needed"})
    assert found.json()["emergency"]["review"] == "needed"


def test_the_same_request_twice_asks_once(made_by):
    alive("1.0", "2.0")
    ada = made_by("user:ada")
    body = {"version": "2.0", "service": "shop", "previous_version": "1.0", "emergency": True,
            "reason": "down"}  # fmt: skip

    first, second = (ada.post(body=body, key="one") for _ in range(2))

    assert first.json() == second.json()
    assert (Deployment.objects.count(), Emergency.objects.count()) == (1, 1)


def test_an_attempt_that_was_refused_is_on_record(made_by):
    row = EmergencyFactory(requester="ada")
    made_by("user:ada").post(f"{row.deployment_id}/emergency/approve/")

    assert Event.objects.get(refused=True).code == "four_eyes"
