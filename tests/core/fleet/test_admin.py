"""The fleet's page in the admin."""

import pytest
from django.urls import reverse

from tests.core.factories import ProcessFactory
from tests.people import UserFactory
from zdt_core.events import Event
from zdt_core.fleet.models import Process

pytestmark = pytest.mark.django_db
URL = "/admin/zdt_core/process/"


def staff(client, *codenames):
    client.force_login(UserFactory(username="olga", staff=True, can=codenames))
    return client


def test_it_counts_the_live_processes_of_each_release(client):
    ProcessFactory(release="1.0")
    ProcessFactory.create_batch(2, release="2.0")

    page = staff(client, "view_process").get(URL).content.decode()

    assert "1.0: 1 live process" in page
    assert "2.0: 2 live processes" in page


def test_an_empty_fleet_says_how_processes_join(client):
    assert "zdt_worker" in staff(client, "view_process").get(URL).content.decode()


def test_without_the_permission_to_look_nothing_is_shown(client):
    assert staff(client).get(URL).status_code == 403


def test_draining_needs_its_own_permission_and_the_attempt_is_noted(client):
    process = ProcessFactory()
    url = reverse("admin:zdt_core_process_order", args=(process.instance, "drain"))

    response = staff(client, "view_process").post(url)

    assert response.status_code == 403
    assert Process.objects.get(pk=process.pk).command == ""
    assert Event.objects.filter(refused=True, actor_name="olga").count() == 1


def test_an_order_to_drain_waits_for_the_processs_beat(client):
    process = ProcessFactory()
    url = reverse("admin:zdt_core_process_order", args=(process.instance, "drain"))

    page = staff(client, "view_process", "drain_process").post(url, follow=True).content.decode()

    assert "drain is on its way" in page
    assert Process.objects.get(pk=process.pk).command == "drain"


def test_state_is_never_changed_by_get(client):
    process = ProcessFactory()
    url = reverse("admin:zdt_core_process_order", args=(process.instance, "drain"))

    assert staff(client, "drain_process").get(url).status_code == 405
    assert Process.objects.get(pk=process.pk).command == ""


def test_the_page_does_not_grow_in_queries_with_the_fleet(client, django_assert_max_num_queries):
    ProcessFactory.create_batch(30)
    staff(client, "view_process")

    with django_assert_max_num_queries(12):
        client.get(URL)
