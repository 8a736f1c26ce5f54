"""Flags on the overview."""

import pytest

from tests.flags.factories import FlagFactory
from zdt_flags import panel

pytestmark = pytest.mark.django_db
URL = "/admin/zdt_core/overview/"


def test_a_flag_on_its_way_to_everyone_comes_first(admin_client):
    FlagFactory(checkout=True)
    FlagFactory.create_batch(panel.SHOWN)

    page = admin_client.get(URL).content.decode().partition('data-part="flags"')[2]

    assert page.index("new_checkout_flow") < page.index(">flag-")
    assert "25 %" in page
    assert page.count(">flag-") == panel.SHOWN - 1


def test_without_flags_it_says_how_to_make_one(admin_client):
    assert "manage.py zdt_flag set NAME --create" in admin_client.get(URL).content.decode()
