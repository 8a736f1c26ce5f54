"""manage.py zdt_token."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.core.factories import TokenFactory
from zdt_core.access import secret
from zdt_core.access.models import Token
from zdt_core.events import Event

pytestmark = pytest.mark.django_db


def run(capsys, *arguments):
    """(exit code, stdout, stderr)"""
    try:
        call_command("zdt_token", *arguments)
        code, text = 0, ""
    except CommandError as error:
        code, text = error.returncode, str(error)
    out, err = capsys.readouterr()
    return code, out, err or text


def test_the_secret_alone_goes_to_stdout(capsys):
    code, out, err = run(capsys, "create", "ci", "--scope", "deployments.read", "--expires", "30d")

    assert code == 0
    made = secret.read(out.strip())
    assert made is not None
    assert made.matches(Token.objects.get().digest)
    assert made.text not in err
    assert "ci" in err
    assert Event.objects.get().actor_kind == "shell"


def test_a_program_gets_it_as_json(capsys):
    _, out, err = run(
        capsys, "create", "ci", "--scope", "deployments.read", "--scope", "deployments.start",
        "--environment", "staging", "--json",
    )  # fmt: skip
    said = json.loads(out)

    assert secret.read(said["secret"]).prefix == said["token"]["prefix"]
    assert said["token"]["environment"] == "staging"
    assert said["token"]["scopes"] == ["deployments.read", "deployments.start"]
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("create", "ci"), 2, "deployments.read"),
        (("create", "ci", "--scope", "deployments.raed"), 2, "Did you mean “deployments.read”"),
        (("create", "ci", "--scope", "deployments.read", "--expires", "never"), 2, "30d"),
        (("create", "a b", "--scope", "deployments.read"), 1, "github-actions"),
        (("revoke", "nobody", "--reason", "x"), 1, "zdt_token list"),
        (("create",), 2, "name"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(capsys, arguments, code, says):
    found, out, err = run(capsys, *arguments)

    assert (found, out) == (code, "")
    assert says in err
    assert not Token.objects.exists()


def test_the_list_shows_those_that_are_good(capsys):
    TokenFactory(name="good-one")
    TokenFactory(name="old-one", expired=True)
    TokenFactory(name="bad-one", revoked=True)

    _, out, _ = run(capsys, "list")
    assert "good-one" in out
    assert "old-one" not in out
    _, out, _ = run(capsys, "list", "--all", "--json")
    assert {t["name"]: t["state"] for t in json.loads(out)["tokens"]} == {
        "good-one": "good", "old-one": "expired", "bad-one": "revoked",
    }  # fmt: skip


def test_an_empty_list_says_how_to_make_one(capsys):
    assert "zdt_token create" in run(capsys, "list")[1]


def test_revoking_takes_a_reason(capsys):
    token = TokenFactory(name="ci")
    assert run(capsys, "revoke", "ci")[0] == 1
    code, out, _ = run(capsys, "revoke", "ci", "--reason", "it leaked")

    assert code == 0
    assert token.prefix in out
    assert Token.objects.get().revoked_at is not None


def test_the_scopes_are_told_with_their_meaning(capsys):
    assert "Start, begin and cancel deployments." in run(capsys, "scopes")[1]
