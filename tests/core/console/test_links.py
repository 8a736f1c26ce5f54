"""Links that lead somewhere, for those who may go there."""

import pytest
from django.test import RequestFactory

from tests.people import UserFactory
from zdt_core.console import links
from zdt_core.events import Event
from zdt_core.fleet.models import Process

pytestmark = pytest.mark.django_db


def request_of(*can):
    request = RequestFactory().get("/")
    request.user = UserFactory(staff=True, can=can)
    return request


def test_a_list_and_a_page_have_their_address():
    request = request_of("view_event")

    assert links.to(request, Event) == "/admin/zdt_core/event/"
    assert links.to(request, Event, 7) == "/admin/zdt_core/event/7/change/"


def test_what_somebody_may_not_see_is_no_link():
    assert links.to(request_of("view_event"), Process) == ""


def test_a_page_that_no_site_has_is_no_link():
    assert links.to(request_of("view_event"), Event, page="nowhere") == ""
