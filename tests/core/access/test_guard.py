"""Who is let in by a token, and what everybody else is told."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.http import JsonResponse
from django.test import RequestFactory

from tests.core.factories import TokenFactory, bearer
from zdt_core import database
from zdt_core.access import bearer as bearers
from zdt_core.access import secret, token_required
from zdt_core.access.models import Token
from zdt_core.access.problems import Problem
from zdt_core.events import Event

pytestmark = pytest.mark.django_db


@token_required("deployments.read")
def view(request):
    return JsonResponse({"who": str(request.zdt_actor)})


@token_required("deployments.read")
async def view_async(request):
    return JsonResponse({"who": str(request.zdt_actor)})


@pytest.fixture(params=["sync", "async"])
def ask(request):
    """A function that asks the view with an Authorization header, or with a token."""

    def ask(token=None, header=None):
        given = bearer(token)["Authorization"] if token else header
        made = RequestFactory().get("/x/", headers={"Authorization": given} if given else {})
        return view(made) if request.param == "sync" else async_to_sync(view_async)(made)

    return ask


def code(answer):
    import json

    return answer.status_code, json.loads(answer.content).get("code")


def test_a_good_token_is_let_in_by_its_name(ask):
    answer = ask(TokenFactory(name="ci"))

    assert answer.status_code == 200
    assert b"token:ci" in answer.content
    assert answer["Cache-Control"] == "no-store"
    assert not Event.objects.exists()


def test_no_visitor_sent_it():
    asked = RequestFactory().get("/x/")
    view(asked)

    assert asked.zdt_unmetered


def test_the_scheme_is_read_in_any_case(ask):
    token = TokenFactory()

    assert ask(header=f"bearer  {token.text} ").status_code == 200


def test_nobody_is_told_how_to_get_in(ask):
    answer = ask()

    assert code(answer) == (401, "token_missing")
    assert answer["WWW-Authenticate"] == 'Bearer realm="zdt"'
    assert b"zdt_token create" in answer.content
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "header",
    [
        "Bearer", "Bearer ", "Basic YWRhOnBhc3N3b3Jk", "Token abc", "Bearer hunter2",
        "Bearer zdt_short_x", "zdt_" + "0" * 12 + "_" + "a" * 43, "Bearer " + "x" * 100_000,
        "Bearer zdt_" + "0" * 12 + "_" + "é" * 43,
    ],
    ids=lambda header: header[:24],
)  # fmt: skip
def test_a_header_that_is_malformed_is_refused_and_never_shown(ask, header):
    answer = ask(header=header)

    assert code(answer) == (401, "token_malformed")
    assert answer["WWW-Authenticate"].endswith('error="invalid_token"')
    assert b"hunter2" not in answer.content


@pytest.mark.parametrize(
    ("traits", "status", "why"),
    [
        ({"expired": True}, 401, "token_expired"),
        ({"revoked": True}, 401, "token_revoked"),
        ({"revoked": True, "expired": True}, 401, "token_revoked"),
        ({"environment": "production"}, 403, "token_of_other_environment"),
        ({"scopes": ["deployments.start"]}, 403, "token_too_narrow"),
        ({"scopes": []}, 403, "token_too_narrow"),
    ],
)
def test_a_known_token_that_may_not_is_refused_and_noted(ask, traits, status, why):
    token = TokenFactory(name="ci", **traits)
    answer = ask(token)

    assert code(answer) == (status, why)
    assert str(token).encode() in answer.content
    assert token.text.encode() not in answer.content
    event = Event.objects.get()
    assert (event.kind, event.refused, event.code) == ("token.used", True, why)
    assert (event.actor_kind, event.actor_name) == ("token", "ci")
    assert event.subject_id == token.prefix
    assert Token.objects.get().last_used_at is None


def test_what_is_too_narrow_names_the_scope_that_is_needed(ask):
    answer = ask(TokenFactory(scopes=["deployments.start"]))

    assert answer["WWW-Authenticate"].endswith('scope="deployments.read"')
    assert b"--scope deployments.read" in answer.content


def test_a_right_prefix_with_a_wrong_secret_is_a_stranger(ask):
    token = TokenFactory()
    token.text = f"zdt_{token.prefix}_{'A' * 43}"

    assert code(ask(token)) == (401, "token_unknown")


def test_strangers_cannot_fill_the_record(ask):
    for _ in range(5):
        answer = ask(header=f"Bearer {secret.mint().text}")

    assert code(answer) == (401, "token_unknown")
    event = Event.objects.get()
    assert (event.actor_name, event.code, event.params["address"]) == (
        "unknown", "token_unknown", "127.0.0.1",
    )  # fmt: skip


def test_strangers_are_noted_once_in_the_whole_fleet(ask, monkeypatch):
    for _ in range(2):
        monkeypatch.setattr("zdt_core.access.refusals._next_look", 0.0)  # another process
        ask(header=f"Bearer {secret.mint().text}")

    assert Event.objects.count() == 1


def test_its_use_is_noted_at_most_once_a_minute(ask, django_assert_num_queries):
    token = TokenFactory()
    ask(token)
    first = Token.objects.get().last_used_at
    with django_assert_num_queries(1):
        ask(token)
    assert first is not None
    assert Token.objects.get().last_used_at == first

    Token.objects.update(last_used_at=database.Now() - timedelta(seconds=61))
    ask(token)
    assert Token.objects.get().last_used_at > first


def test_without_postgresql_it_says_to_try_again(ask, monkeypatch):
    def away(given):
        raise OperationalError("connection refused")

    monkeypatch.setattr(bearers, "find", away)
    answer = ask(TokenFactory())

    assert code(answer) == (503, "database_away")
    assert answer["Retry-After"] == "5"


def test_without_tables_it_says_to_migrate(ask, monkeypatch):
    def unmigrated(given):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM zdt_core_nothing")

    token = TokenFactory()
    monkeypatch.setattr(bearers, "find", unmigrated)

    assert code(ask(token)) == (503, "tables_missing")


def test_a_view_may_say_no_by_a_problem():
    @token_required("deployments.read")
    def refusing(request):
        raise Problem.of(409, "key_reused", key="k")

    answer = refusing(RequestFactory().get("/", headers=bearer(TokenFactory())))

    assert code(answer) == (409, "key_reused")


@pytest.mark.parametrize("guarded", [view, view_async])
def test_what_a_site_asks_of_its_pages_is_not_asked(guarded):
    assert guarded.csrf_exempt
    assert guarded.login_required is False
    assert "default" in guarded._non_atomic_requests
