"""Which URLs there are, and that they are reached."""

import pytest
from django.test import override_settings
from django.urls import include, path

from tests.core.factories import TokenFactory
from zdt_core.access import checks, doors


def catch_all(request, rest=""):
    """A page of the site that takes everything."""


NO_DOORS = "tests.core.access.no_doors"
SHADOWED = "tests.core.access.shadowed"


def ids(found):
    return [message.id for message in found]


def test_the_root_lists_the_doors(client):
    found = client.get("/zdt/").json()["doors"]

    assert "/zdt/api/" in found


def test_the_narrower_door_is_asked_first(monkeypatch):
    monkeypatch.setattr(doors, "_doors", {"api/": "a", "api/flags/": "b"})
    monkeypatch.setattr("zdt_core.access.doors.include", lambda urlconf: ([], None, None))

    assert [str(one.pattern) for one in doors.patterns()] == ["api/flags/", "api/"]


@pytest.mark.django_db
class TestChecks:
    def test_tokens_without_a_door_are_warned_about(self):
        TokenFactory()
        with override_settings(ROOT_URLCONF=NO_DOORS):
            (found,) = checks.tokens_have_a_door(databases=["default"])

        assert found.id == "zdt_core.W060"
        assert 'include("zdt_core.urls")' in found.hint

    @pytest.mark.parametrize("token", [None, {"revoked": True}, {"expired": True}])
    def test_no_good_token_needs_no_door(self, token):
        if token:
            TokenFactory(**token)
        with override_settings(ROOT_URLCONF=NO_DOORS):
            assert checks.tokens_have_a_door(databases=["default"]) == []

    def test_the_database_is_asked_only_when_that_is_wanted(self, django_assert_num_queries):
        with override_settings(ROOT_URLCONF=NO_DOORS), django_assert_num_queries(0):
            assert checks.tokens_have_a_door() == []

    def test_mounted_doors_are_fine(self):
        TokenFactory()

        assert checks.tokens_have_a_door(databases=["default"]) == []
        assert checks.doors_are_reached() == []


def test_doors_behind_a_catch_all_are_warned_about():
    with override_settings(ROOT_URLCONF=SHADOWED):
        assert ids(checks.doors_are_reached()) == ["zdt_core.W062"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"SECURE_PROXY_SSL_HEADER": None}, ["zdt_core.W061"]),
        ({"SECURE_PROXY_SSL_HEADER": None, "SECURE_SSL_REDIRECT": True}, []),
        ({"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}, []),
        ({"ROOT_URLCONF": NO_DOORS}, []),
    ],
)
@pytest.mark.django_db
def test_tokens_in_the_clear_are_warned_about_before_a_deployment(given, found):
    TokenFactory()
    with override_settings(**given):
        assert ids(checks.tokens_travel_encrypted(databases=["default"])) == found


@pytest.mark.django_db
def test_who_has_no_token_is_not_told_of_their_encryption():
    with override_settings(SECURE_PROXY_SSL_HEADER=None):
        assert checks.tokens_travel_encrypted(databases=["default"]) == []


@pytest.mark.parametrize("prefix", ["", "internal/zdt/"])
def test_they_may_be_mounted_anywhere(prefix):
    class Anywhere:
        urlpatterns = [path(prefix, include("zdt_core.urls"))]

    with override_settings(ROOT_URLCONF=Anywhere):
        assert doors.mounted_at() == f"/{prefix}"
