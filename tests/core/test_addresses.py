from django.test import override_settings
from django.urls import reverse, set_script_prefix

from zdt_core.addresses import answered_by


def test_an_address_leads_back_to_what_answers_there():
    assert answered_by(reverse("admin:index")).view_name == "admin:index"


@override_settings(FORCE_SCRIPT_NAME="/intern")
def test_a_prefix_that_the_server_takes_away_is_taken_away_here_too():
    set_script_prefix("/intern/")
    try:
        address = reverse("admin:index")
        assert address.startswith("/intern/")
        assert answered_by(address).view_name == "admin:index"
    finally:
        set_script_prefix("/")


def test_nothing_answers_where_nothing_is_mounted():
    assert answered_by("/admin-of-nobody/") is None
