"""Releases side by side."""

import pytest

from tests.core.factories import ProcessFactory

pytestmark = pytest.mark.django_db
URL = "/admin/zdt_core/overview/"


def test_without_redis_the_page_shows_the_rest_and_says_so(operator, settings):
    ProcessFactory()
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"

    page = operator().get(URL).content.decode()

    assert "1 live" in page
    assert "no metric can be read" in page


def test_silent_and_draining_processes_are_counted_apart(operator):
    ProcessFactory(draining=True)
    ProcessFactory.seen(40)

    page = operator().get(URL).content.decode()

    assert "1 live, 1 silent, 1 draining" in " ".join(page.split())


def test_processes_that_left_are_no_part_of_it(operator):
    ProcessFactory(left=True, release="0.9")

    assert "0.9" not in operator().get(URL).content.decode()


def test_several_services_are_told_apart(operator):
    ProcessFactory(service="shop")
    ProcessFactory(service="api")

    assert "<td>api, test</td>" in operator().get(URL).content.decode()
