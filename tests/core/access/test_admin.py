"""Tokens in the admin."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import override_settings

from tests.core.factories import TokenFactory
from tests.people import UserFactory
from tests.policy import breaches
from zdt_core.access import secret
from zdt_core.access.models import Token
from zdt_core.events import Event

pytestmark = pytest.mark.django_db
URL = "/admin/zdt_core/token/"
FORM = {"name": "ci", "scopes": ["deployments.read"], "environment": "test", "days": "30"}


@pytest.fixture
def staff(client):
    def staff(*codenames):
        person = get_user_model().objects.filter(username="olga").first()
        person = person or UserFactory(username="olga", staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(person)
        return client

    return staff


MAKING = ("view_token", "create_token", "view_deployment")


def test_the_list_shows_who_is_good_and_no_secret(staff):
    token = TokenFactory(name="ci")
    TokenFactory(revoked=True)
    TokenFactory(expired=True)
    page = staff("view_token").get(URL).content.decode()

    assert all(word in page for word in (">good<", ">revoked<", ">expired<", "ci"))
    assert token.digest not in page


def test_an_empty_list_says_what_fills_it(staff):
    assert "zdt_token create" in staff("view_token").get(URL).content.decode()


def test_the_secret_is_shown_once(staff):
    person = staff(*MAKING)
    answer = person.post(f"{URL}add/", FORM)
    page = answer.content.decode()
    shown = secret.read(re.search(r'value="(zdt_[^"]+)"', page)[1])

    token = Token.objects.get()
    assert shown.matches(token.digest)
    assert "no-store" in answer["Cache-Control"]
    assert breaches(page) == []
    assert shown.text not in person.get(f"{URL}{token.pk}/change/").content.decode()
    assert Event.objects.get().actor_name == "olga"


def test_one_that_opens_nothing_yet_says_what_to_do(staff):
    with override_settings(ROOT_URLCONF="tests.core.access.admin_alone"):
        assert "zdt_core.urls" in staff(*MAKING).post(f"{URL}add/", FORM).content.decode()


def test_only_scopes_that_the_person_may_hand_out_are_offered(staff):
    page = staff(*MAKING).get(f"{URL}add/").content.decode()

    assert "deployments.read" in page
    assert "deployments.start" not in page


def test_a_scope_that_is_not_theirs_cannot_be_sent_either(staff):
    answer = staff(*MAKING).post(f"{URL}add/", {**FORM, "scopes": ["deployments.start"]})

    assert not Token.objects.exists()
    assert "errorlist" in answer.content.decode()


@pytest.mark.parametrize(
    "more", [{"name": "a b"}, {"name": ""}, {"scopes": []}, {"days": "0"}, {"days": "367"}]
)
def test_what_is_wrong_is_told_on_the_form(staff, more):
    answer = staff(*MAKING).post(f"{URL}add/", FORM | more)

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Token.objects.exists()


def test_a_name_that_is_taken_is_told(staff):
    TokenFactory(name="ci")

    assert "already" in staff(*MAKING).post(f"{URL}add/", FORM).content.decode()


def test_making_needs_its_own_permission_and_the_attempt_is_noted(staff):
    assert staff("view_token", "view_deployment").post(f"{URL}add/", FORM).status_code == 403
    assert Event.objects.get().code == "permission_missing"
    assert not Token.objects.exists()


def test_revoking_takes_a_reason_and_its_own_permission(staff):
    token = TokenFactory()
    url = f"{URL}{token.pk}/revoke/"
    assert staff("view_token").post(url, {"reason": "x"}).status_code == 403
    person = staff("view_token", "revoke_token")
    assert "Say why" in person.post(url, follow=True).content.decode()
    assert Token.objects.get().revoked_at is None

    page = person.post(url, {"reason": "it leaked"}, follow=True).content.decode()
    assert "is revoked" in page
    assert Token.objects.get().revoked_at is not None
    assert [(e.kind, e.refused) for e in Event.objects.order_by("id")] == [
        ("token.revoked", True), ("token.revoked", False),
    ]  # fmt: skip


def test_the_button_is_there_for_those_who_may(staff):
    url = f"{URL}{TokenFactory().pk}/change/"

    assert "Revoke" not in staff("view_token").get(url).content.decode()
    page = staff("view_token", "revoke_token").get(url).content.decode()
    assert "Revoke" in page
    assert breaches(page) == []


def test_nothing_is_changed_by_get(staff):
    token = TokenFactory()

    assert staff("revoke_token", "view_token").get(f"{URL}{token.pk}/revoke/").status_code == 405


@pytest.mark.parametrize("path", ["999/change/", "x/change/", "add/", ""])
def test_without_the_permission_to_look_there_is_nothing(staff, path):
    assert staff().get(URL + path).status_code in (403, 404)
