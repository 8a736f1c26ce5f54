"""Wrong settings are found before something happens."""

import pytest

from zdt_core.checks import settings_are_right
from zdt_core.notify.checks import channels_can_be_used

LONG = "https://hooks.example.com/secret"


def found(settings, **channels):
    settings.ZDT_NOTIFY = channels
    return [(message.id, message.msg) for message in channels_can_be_used()]


def test_nothing_is_fine(settings):
    assert found(settings) == []


def test_every_backend_with_its_options_is_fine(settings):
    assert found(
        settings,
        log={"BACKEND": "log"},
        mail={"BACKEND": "email", "OPTIONS": {"to": ["a@example.com"]}},
        team={"BACKEND": "slack", "OPTIONS": {"url": LONG}, "KINDS": ["deployment.*"]},
        oncall={
            "BACKEND": "zdt_core.notify.backends.pagerduty.PagerDuty",
            "OPTIONS": {"routing_key": "k" * 32},
            "SEVERITIES": ["critical"],
        },
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "code", "text"),
    [
        ("log", "E070", "must be a dict with a BACKEND"),
        ({}, "E070", "needs a BACKEND: log, email, slack, pagerduty"),
        ({"BACKEND": "log", "SEVERITY": "x"}, "E070", "has 'SEVERITY', and takes BACKEND"),
        ({"BACKEND": "log", "OPTIONS": []}, "E070", "OPTIONS that are no dict"),
        ({"BACKEND": "log", "KINDS": "deployment.*"}, "E070", "KINDS that are no list"),
        ({"BACKEND": "log", "SEVERITIES": ["urgent"]}, "E070", "there are info, warning, critical"),
        ({"BACKEND": "slak"}, "E071", "The backend 'slak' cannot be used"),
        ({"BACKEND": "nowhere.At.All"}, "E071", "ModuleNotFoundError"),
        ({"BACKEND": "datetime.datetime"}, "E071", "is no subclass of"),
        ({"BACKEND": "slack"}, "E072", "lacks the option 'url'"),
        ({"BACKEND": "slack", "OPTIONS": {"url": 1}}, "E072", "must be of type str"),
        ({"BACKEND": "slack", "OPTIONS": {"url": "secret"}}, "E072", "must be an http(s) URL"),
        ({"BACKEND": "slack", "OPTIONS": {"url": LONG, "to": "x"}}, "E072", "takes url, channel"),
        ({"BACKEND": "log", "OPTIONS": {"to": "x"}}, "E072", "takes none"),
        ({"BACKEND": "email", "OPTIONS": {"to": "a@b"}}, "E072", "must be of type list"),
        ({"BACKEND": "email", "OPTIONS": {"to": [1]}}, "E072", "list of e-mail addresses"),
        ({"BACKEND": "pagerduty", "OPTIONS": {"routing_key": "secret"}}, "E072", "32 letters"),
    ],
)
def test_what_is_wrong_is_named_without_its_value(settings, entry, code, text):
    ((id, message),) = found(settings, team=entry)
    assert id == f"zdt_core.{code}"
    assert message.startswith("ZDT_NOTIFY['team']")
    assert text in message
    assert "secret" not in message


def test_nobody_who_hears_what_is_critical_is_a_warning(settings):
    ((id, message),) = found(settings, team={"BACKEND": "log", "SEVERITIES": ["info"]})
    assert id == "zdt_core.W073"
    assert "deployment.stuck, deployment.blind, jobs.unattended" in message


def test_a_wrong_type_is_named_without_its_value(settings):
    settings.ZDT_NOTIFY = [LONG]
    (error,) = settings_are_right()
    assert "ZDT_NOTIFY must be of type dict" in error.msg
    assert "secret" not in error.msg
    assert channels_can_be_used() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZDT_CONSOLE_URL", "shop.example.com"),
        ("ZDT_NOTIFY_WINDOW", 0),
        ("ZDT_OUTBOUND_ALLOW", ["10.0.0.1/8"]),
        ("ZDT_OUTBOUND_PROXY", "proxy:3128"),
        ("ZDT_OUTBOUND_CA_BUNDLE", "/nowhere/ca.pem"),
    ],
)
def test_other_settings_are_checked_too(settings, name, value):
    setattr(settings, name, value)
    (error,) = settings_are_right()
    assert name in error.msg
