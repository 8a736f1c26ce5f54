"""What the doctor says of doors and tokens."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from zdt_core import database
from zdt_core.access.models import Token
from zdt_core.doctor import rounds

pytestmark = pytest.mark.django_db


def found():
    return {one.code or one.area: one for one in rounds.findings()}


@pytest.fixture
def token(capsys):
    call_command("zdt_token", "create", "ci", "--scope", "deployments.read")
    return Token.objects.get()


def test_doors_and_good_tokens_are_well(token):
    told = found()

    assert told["URLs"].text == "zdt's URLs are at /zdt/"
    assert told["access"].text == "API tokens that are good: 1"


def test_a_token_that_ends_soon_is_named(token):
    Token.objects.update(expires_at=database.Now() + timedelta(days=3))

    assert "ci" in found()["tokens_end_soon"].text


@pytest.mark.parametrize(
    "facts",
    [{"environment": "staging"}, {"expires_at": database.Now()}, {"revoked_at": database.Now()}],
)
def test_tokens_that_open_nothing_here_are_left_alone(token, facts):
    Token.objects.update(**{"expires_at": database.Now() + timedelta(days=3)} | facts)

    assert "tokens_end_soon" not in found()


def test_a_site_without_doors_says_so(settings):
    settings.ROOT_URLCONF = "tests.core.access.no_doors"

    assert "not mounted" in found()["URLs"].text
