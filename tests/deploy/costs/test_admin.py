"""The page of costs and advice."""

import pytest
from django.urls import reverse

from tests.core.factories import ProcessFactory
from tests.deploy.factories import PlanFactory
from tests.people import UserFactory
from tests.policy import breaches

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    client.force_login(UserFactory(staff=True, can=["view_costs"]))

    def page(**said):
        found = client.get(reverse("admin:zdt_deploy_costs_changelist"), said)
        assert found.status_code == 200
        assert breaches(found.content.decode()) == []
        return " ".join(found.content.decode().split())

    return page


def test_it_says_both_with_the_sites_own_numbers(page):
    for host in ("a", "b", "c"):
        ProcessFactory(host=host, release="1.0", service="default", environment="test")

    found = page()

    assert "Not enough data to say whether" in found
    assert "3 machines, $300 a month" in found
    assert "3.3–3.5" in found
    assert "the fleet" in found


def test_it_reckons_with_other_figures(page):
    PlanFactory(name="careful", fields={"rollback_window_seconds": 172_800})

    found = page(instances="12", instance_month="250", currency="€")
    assert "€3,250–3,500" in found
    assert 'value="250"' in found
    assert 'placeholder="0.166667"' in found


def test_it_says_what_is_missing_and_what_is_wrong(page):
    assert "Say it: <code>" in page() or "Say it: --instances N" in page()
    assert "must be a number" in page(instances="many")
    assert "must be a number" in page(instances="-1")


def test_it_takes_a_permission(client):
    client.force_login(UserFactory(staff=True))

    assert client.get(reverse("admin:zdt_deploy_costs_changelist")).status_code == 403


def test_a_row_that_there_is_not_leads_to_the_page(client):
    client.force_login(UserFactory(staff=True, can=["view_costs"]))
    found = client.get(reverse("admin:zdt_deploy_costs_change", args=(1,)))

    assert found.url == reverse("admin:zdt_deploy_costs_changelist")
