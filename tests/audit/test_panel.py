"""The trail on the overview."""

import pytest

pytestmark = pytest.mark.django_db
URL = "/admin/zdt_core/overview/"


def test_it_leads_to_the_trail_and_names_the_command(admin_client):
    page = admin_client.get(URL).content.decode().partition('data-part="trail"')[2]

    assert "manage.py zdt_audit export" in page
    assert 'href="/admin/zdt_audit/entry/"' in page
