"""Notifications in the admin."""

import pytest
from django.urls import reverse

from tests.people import UserFactory
from zdt_core import events, notify
from zdt_core.notify.models import Notification

pytestmark = pytest.mark.django_db
LIST = "admin:zdt_core_notification_changelist"


@pytest.fixture
def row():
    notify.send(
        "shop.burns", "Fire <b>.", severity="critical", key="fire", url="https://x.example/"
    )
    row = Notification.objects.get()
    Notification.objects.update(state="given_up", last_error="nobody answered", attempts=20)
    return row


def sign_in(client, *permissions):
    client.force_login(UserFactory(staff=True, can=list(permissions)))


def test_the_list_shows_standing_and_the_last_error(client, row):
    sign_in(client, "view_notification")
    page = client.get(reverse(LIST)).content.decode()
    assert "given up" in page
    assert "nobody answered" in page
    assert "Fire &lt;b&gt;." in page
    assert "Send again" not in page


def test_a_page_shows_everything_and_changes_nothing(client, row):
    sign_in(client, "view_notification")
    url = reverse("admin:zdt_core_notification_change", args=(row.pk,))
    assert 'href="https://x.example/"' in client.get(url).content.decode()
    assert client.post(url, {"text": "x"}).status_code == 403


def test_a_link_leads_nowhere_but_to_the_web(client, row):
    Notification.objects.update(url="javascript:alert(1)")
    sign_in(client, "view_notification")
    url = reverse("admin:zdt_core_notification_change", args=(row.pk,))
    assert "javascript:alert" not in client.get(url).content.decode()


def test_sending_again_needs_a_permission_of_its_own(client, row):
    sign_in(client, "view_notification")
    ask = {"action": "send_again", "_selected_action": [row.pk]}
    client.post(reverse(LIST), ask)
    row.refresh_from_db()
    assert row.state == "given_up"
    sign_in(client, "view_notification", "send_again_notification")
    answer = client.post(reverse(LIST), ask, follow=True)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 0)
    assert "1 notification is sent again." in answer.content.decode()
    assert events.Event.objects.filter(kind="notification.sent_again").count() == 1


def test_what_reached_nobody_is_on_the_overview(client, row):
    sign_in(client, "view_notification", "view_overview")
    page = client.get(reverse("admin:zdt_core_overview_changelist")).content.decode()
    assert "1 notification reached nobody (log)." in page
