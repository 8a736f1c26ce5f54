"""manage.py zdt_notify."""

import json

import pytest
from django.core.management import CommandError, call_command

from zdt_core import notify

pytestmark = pytest.mark.django_db


def run(capsys, *args):
    try:
        call_command("zdt_notify", *args)
        code = 0
    except SystemExit as end:
        code = end.code
    except CommandError as error:
        return error.returncode, str(error)
    return code, capsys.readouterr().out


def test_a_test_is_sent_and_resolved(slack, capsys):
    assert run(capsys, "test") == (0, "team (slack): delivered\n")
    first, second = (body["text"] for body in slack.bodies)
    assert "[INFO] This is a test" in first
    assert "[RESOLVED] This is a test" in second


def test_a_failure_is_told_without_the_secret(slack, capsys):
    slack.answer(403, b"invalid_token")
    code, text = run(capsys, "test", "team")
    assert (code, text) == (
        1, "team (slack): failed: Undelivered: The other side answered with status 403: "
           "invalid_token\n",
    )  # fmt: skip
    assert "secret" not in text


def test_an_unknown_channel_is_wrong_usage(slack, capsys):
    code, text = run(capsys, "test", "nobody")
    assert code == 2
    assert "there are team" in text


def test_a_wrong_setting_is_named(settings, capsys):
    settings.ZDT_NOTIFY = {"team": {"BACKEND": "slack"}}
    code, text = run(capsys, "test")
    assert code == 1
    assert "lacks the option 'url'" in text


def test_the_list_shows_channels_and_the_newest(slack, capsys):
    notify.send("shop.burns", "Fire.", severity="critical", key="fire")
    code, text = run(capsys, "list")
    assert code == 0
    assert "team (slack): info, warning, critical; *" in text
    assert "team waiting [critical] Fire." in text
    code, text = run(capsys, "list", "--json", "--state", "given_up")
    found = json.loads(text)
    assert (found["notifications"], found["channels"][0]["alias"]) == ([], "team")
    assert "secret" not in text
