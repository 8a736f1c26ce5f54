"""What each channel gets to see."""

from datetime import UTC, datetime

import pytest
from django.core import mail

from tests.core.notify.conftest import KEY
from zdt_core.notify.backends.log import Log
from zdt_core.notify.channels import channel
from zdt_core.notify.letter import Letter
from zdt_core.notify.severity import Severity

LETTER = Letter(
    ref="zdt-test-7",
    kind="deployment.blind",
    key="deployment.blind:test:shop:d-1",
    severity=Severity.CRITICAL,
    text="2.0 cannot be judged <now> & has 50 %.",
    why="Redis did not answer.",
    cure="Roll back.",
    facts={"version": "2.0"},
    url="https://shop.example.com/admin/x/",
    service="shop",
    environment="test",
    at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


def resolved(letter=LETTER):
    from dataclasses import replace

    return replace(letter, resolved=True)


def test_the_log_says_it_in_one_line(caplog):
    with caplog.at_level("INFO", "zdt.notify"):
        Log().deliver(LETTER)
        Log().deliver(resolved())
    first, second = caplog.records
    assert (first.levelname, second.levelname) == ("ERROR", "INFO")
    assert first.getMessage() == (
        "[CRITICAL] 2.0 cannot be judged <now> & has 50 %. | Why: Redis did not answer. | "
        "Do: Roll back. | Page: https://shop.example.com/admin/x/ | "
        "Where: shop · test · 2026-01-02 03:04:05 UTC | Ref: zdt-test-7"
    )
    assert second.getMessage().startswith("[RESOLVED] 2.0")
    assert "Do:" not in second.getMessage()


def test_slack_gets_escaped_text_with_the_reference(slack):
    channel("team").connect().deliver(LETTER)
    (body,) = slack.bodies
    assert body["text"].splitlines() == [
        ":rotating_light: *[CRITICAL] 2.0 cannot be judged &lt;now&gt; &amp; has 50 %.*",
        "Why: Redis did not answer.",
        "Do: Roll back.",
        "Page: https://shop.example.com/admin/x/",
        "Where: shop · test · 2026-01-02 03:04:05 UTC",
        "Ref: zdt-test-7",
    ]
    assert slack.requests[0][1] == "/services/T0/secret"


def test_pagerduty_opens_an_incident_and_closes_it(pagerduty):
    backend = channel("oncall").connect()
    backend.deliver(LETTER)
    backend.deliver(resolved())
    opened, closed = pagerduty.bodies
    assert closed == {
        "routing_key": KEY, "event_action": "resolve", "dedup_key": LETTER.key,
    }  # fmt: skip
    assert (opened["event_action"], opened["dedup_key"]) == ("trigger", LETTER.key)
    payload = opened["payload"]
    assert (payload["severity"], payload["source"], payload["timestamp"]) == (
        "critical", "shop test", "2026-01-02T03:04:05+00:00",
    )  # fmt: skip
    assert payload["custom_details"]["what to do"] == "Roll back."
    assert opened["links"][0]["href"] == LETTER.url


def test_an_email_has_the_reference_as_its_id(settings):
    settings.ZDT_NOTIFY = {
        "mail": {
            "BACKEND": "email",
            "OPTIONS": {"to": ["ops@example.com"], "subject_prefix": "zdt: "},
        }
    }
    channel("mail").connect().deliver(LETTER)
    (sent,) = mail.outbox
    assert sent.subject == "zdt: [CRITICAL] 2.0 cannot be judged <now> & has 50 %."
    assert sent.to == ["ops@example.com"]
    assert sent.extra_headers["Message-ID"] == "<zdt-test-7@zdt.invalid>"
    assert sent.body.splitlines()[:4] == [
        LETTER.text, "", "Why: Redis did not answer.", "Do: Roll back.",
    ]  # fmt: skip


def test_a_mail_server_is_not_waited_for_without_end(settings, monkeypatch):
    from django.core.mail.backends import smtp

    waited = []
    monkeypatch.setattr(
        smtp.EmailBackend, "send_messages", lambda self, sent: waited.append(self.timeout) or 1
    )
    settings.ZDT_NOTIFY = {"mail": {"BACKEND": "email", "OPTIONS": {"to": ["ops@example.com"]}}}
    for timeout in (None, 3):
        if hasattr(mail, "mailers"):  # Django 6.1
            options = {"host": "mail.example.com"} | ({"timeout": timeout} if timeout else {})
            settings.MAILERS = {"default": {"OPTIONS": options}}
        else:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_TIMEOUT = timeout
        channel("mail").connect().deliver(LETTER)
    assert waited == [10, 3]


def test_a_subject_stays_in_one_line():
    from dataclasses import replace

    letter = replace(LETTER, text="one\ntwo")
    assert letter.subject == "[CRITICAL] one two"


@pytest.mark.parametrize("alias", ["team", "oncall"])
def test_no_backend_shows_its_secrets(slack, settings, alias):
    settings.ZDT_NOTIFY = {
        **settings.ZDT_NOTIFY,
        "oncall": {"BACKEND": "pagerduty", "OPTIONS": {"routing_key": KEY}},
    }
    found = channel(alias)
    assert "secret" not in f"{found!r} {found.connect()!r}"
