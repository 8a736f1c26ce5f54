"""The trail on the overview."""

import pytest

from tests.audit.factories import EntryFactory
from zdt_audit import panel

pytestmark = pytest.mark.django_db
URL = "/admin/zdt_core/overview/"


def part(client):
    return client.get(URL).content.decode().partition('data-part="trail"')[2]


def test_the_newest_entries_link_to_their_pages(admin_client):
    entries = EntryFactory.create_batch(panel.SHOWN + 1)

    page = part(admin_client)

    assert f"/admin/zdt_audit/entry/{entries[-1].pk}/change/" in page
    assert page.count("flag.disabled") == panel.SHOWN


def test_an_empty_trail_says_what_begins_it(admin_client):
    assert "The trail is empty" in part(admin_client)
