"""Further pages of a row."""

import pytest
from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path

from tests.deploy.factories import DeploymentFactory
from tests.people import UserFactory
from zdt_core.console import subpages
from zdt_deploy.deployments.admin import DeploymentAdmin
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(monkeypatch):
    """A second admin site whose deployments have a page that says who asks for what."""
    monkeypatch.setattr(subpages, "_subpages", {})

    @subpages.subpage("deployment", "echo")
    def echo(model_admin, request, deployment):
        return HttpResponse(f"{request.current_app} {deployment.version}")

    ops = AdminSite("ops")
    ops.register(Deployment, DeploymentAdmin)
    urls = type(
        "urls", (), {"urlpatterns": [path("ops/", ops.urls), path("", include("demo.urls"))]}
    )
    with override_settings(ROOT_URLCONF=urls):
        yield ops


def ask(client, deployment_id, name="echo"):
    return client.get(f"/ops/zdt_deploy/deployment/{deployment_id}/{name}/")


def test_it_is_reached_at_the_rows_address(site, admin_client):
    assert ask(admin_client, DeploymentFactory().pk).content == b"ops 2.0"


def test_it_is_for_those_who_may_look_at_the_row(site, client):
    deployment = DeploymentFactory()
    assert ask(client, deployment.pk).status_code == 302

    client.force_login(UserFactory(staff=True))
    assert ask(client, deployment.pk).status_code == 403


def test_a_row_that_is_not_there_has_no_pages(site, admin_client):
    assert ask(admin_client, "deploy-nowhere").status_code == 404
