"""Tokens are made, found and revoked, each with its event."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.core.factories import TokenFactory
from zdt_core.access import tokens
from zdt_core.access.models import Token
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused

ADA = Actor("user", "ada")


def create(name="ci", wanted=("deployments.read",), **kwargs):
    return tokens.create(name, wanted=wanted, actor=ADA, **kwargs)


@pytest.mark.django_db
class TestMaking:
    def test_the_secret_is_not_in_the_database(self):
        token, secret = create()
        row = Token.objects.filter(pk=token.pk).values().get()

        assert secret.matches(row["digest"])
        assert not [v for v in row.values() if secret.text in str(v)]
        assert secret.text not in str(Event.objects.values())

    def test_it_is_for_this_environment_and_ninety_days_by_default(self):
        token, _ = create()

        assert token.environment == "test"
        left = token.expires_at - timezone.now()
        assert timedelta(days=89, hours=23) < left < timedelta(days=90, minutes=1)

    def test_the_event_says_what_was_given_to_whom(self):
        token, _ = create(reason="new pipeline", span=timedelta(days=30))
        event = Event.objects.get()

        assert (event.kind, event.subject_id, event.reason) == (
            "token.created", token.prefix, "new pipeline",
        )  # fmt: skip
        assert event.after["scopes"] == ["deployments.read"]
        assert (event.actor_name, event.environment) == ("ada", "test")

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"name": ""}, "token_name_malformed"),
            ({"name": "a b"}, "token_name_malformed"),
            ({"name": "x" * 61}, "token_name_malformed"),
            ({"wanted": []}, "scopes_missing"),
            ({"wanted": ["deployments.raed"]}, "scope_unknown"),
            ({"wanted": ["everything"]}, "scope_unheard_of"),
            ({"environment": "a b"}, "environment_malformed"),
            ({"span": timedelta(days=367)}, "lifetime_unreadable"),
            ({"span": timedelta(seconds=-1)}, "lifetime_unreadable"),
        ],
    )
    def test_what_cannot_be_is_refused_with_a_cure(self, given, code):
        with pytest.raises(Refused) as found:
            create(**given)

        assert found.value.code == code
        assert code not in str(found.value)
        assert not Token.objects.exists()

    def test_a_name_is_used_once_at_a_time(self):
        create()
        with pytest.raises(Refused, match="already") as found:
            create()
        assert found.value.code == "token_name_taken"
        create(environment="production")

    def test_one_that_expired_makes_way(self):
        old = TokenFactory(name="ci", expired=True)
        new, _ = create()
        old.refresh_from_db()

        assert old.revoked_at is not None
        kinds = Event.objects.order_by("id").values_list("kind", "subject_id", "code")
        assert list(kinds) == [
            ("token.revoked", old.prefix, "token_replaced"), ("token.created", new.prefix, ""),
        ]  # fmt: skip


@pytest.mark.django_db
class TestRevoking:
    def test_it_ends_with_a_reason_on_record(self):
        token = tokens.revoke(TokenFactory().pk, actor=ADA, reason="it leaked")
        event = Event.objects.get()

        assert token.revoked_at is not None
        assert (event.kind, event.reason) == ("token.revoked", "it leaked")
        assert (event.before["revoked_at"], bool(event.after["revoked_at"])) == (None, True)

    @pytest.mark.parametrize(
        ("token", "reason", "code"),
        [
            ({}, " ", "token_revoke_reason_missing"),
            ({"revoked": True}, "x", "token_revoked_already"),
            (None, "x", "no_such_token"),
        ],
    )
    def test_what_cannot_be_is_refused(self, token, reason, code):
        pk = 0 if token is None else TokenFactory(**token).pk
        with pytest.raises(Refused) as found:
            tokens.revoke(pk, actor=ADA, reason=reason)

        assert found.value.code == code
        assert not Event.objects.exists()


@pytest.mark.django_db
class TestFinding:
    def test_by_name_prefix_or_number(self):
        token = TokenFactory(name="ci")

        for name in ("ci", token.prefix, str(token.pk)):
            assert tokens.find(name) == token

    def test_a_name_means_the_one_that_is_good(self):
        TokenFactory(name="ci", revoked=True)
        good = TokenFactory(name="ci")
        TokenFactory(name="ci", revoked=True)

        assert tokens.find("ci") == good

    def test_an_unknown_one_is_refused(self):
        with pytest.raises(Refused, match="zdt_token list"):
            tokens.find("nobody")


@pytest.mark.django_db(transaction=True)
def test_of_two_made_at_once_with_one_name_there_is_one():
    ready, results = threading.Barrier(2), []

    def make():
        try:
            ready.wait(10)
            results.append(create()[0].name)
        except Refused as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["ci", "token_name_taken"]
