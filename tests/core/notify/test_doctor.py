"""What the doctor says of the notifications."""

from datetime import timedelta

import pytest

from zdt_core import database, notify
from zdt_core.notify import doctor
from zdt_core.notify.models import Notification

pytestmark = pytest.mark.django_db


def codes(examination):
    return [finding.code for finding in examination(None)]


def test_the_log_alone_wakes_nobody(settings):
    assert codes(doctor.channels_are_there) == ["notify.log_only"]
    settings.ZDT_NOTIFY = {"team": {"BACKEND": "slack", "OPTIONS": {"url": "https://x.example/"}}}
    (finding,) = doctor.channels_are_there(None)
    assert (finding.standing, finding.text) == ("ok", "Notifications go to team.")


def test_what_cannot_be_read_is_wrong(settings):
    settings.ZDT_NOTIFY = {"team": {}}
    assert codes(doctor.channels_are_there) == ["notify.unreadable"]


@pytest.mark.parametrize(("state", "minutes"), [("given_up", 0), ("waiting", 16)])
def test_what_reached_nobody_is_told(state, minutes):
    notify.send("shop.burns", "Fire.", severity="info", key="fire")
    assert codes(doctor.outbox_is_empty) == []
    since = database.Now() - timedelta(minutes=minutes)
    Notification.objects.update(state=state, created_at=since)
    assert codes(doctor.outbox_is_empty) == ["notify.lost"]


def test_what_waits_for_a_channel_that_is_gone_is_told(settings):
    notify.send("shop.burns", "Fire.", severity="info", key="fire")
    assert codes(doctor.nothing_waits_for_a_channel_that_is_gone) == []
    settings.ZDT_NOTIFY = {"team": {"BACKEND": "slack", "OPTIONS": {"url": "https://x.example/"}}}
    (finding,) = doctor.nothing_waits_for_a_channel_that_is_gone(None)

    assert (finding.code, finding.standing) == ("notify.channel_gone", "warning")
    assert finding.text.endswith("ZDT_NOTIFY does not name: log.")
