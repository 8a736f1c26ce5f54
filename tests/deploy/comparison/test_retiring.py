"""When the old release may go, and what holds it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, KnownShapeFactory, SchemaChangeFactory
from zdt_core import database
from zdt_core.exceptions import Unavailable
from zdt_deploy.comparison import retiring

pytestmark = pytest.mark.django_db


def shown(client, deployment):
    url = reverse("admin:zdt_deploy_deployment_change", args=(deployment.pk,))
    page = " ".join(client.get(url).content.decode().split())
    if 'data-part="retiring"' not in page:
        return ""
    return page.split('data-part="retiring"')[1].split("</section>")[0]


def old(**facts):
    return ProcessFactory(release="1.0", service="shop", environment="test", **facts)


def test_while_the_way_back_is_open_it_is_kept(admin_client):
    old()

    said = shown(admin_client, DeploymentFactory(baking=True))

    assert ">kept</span>" in said
    assert "1.0 is the way back: keep its processes until" in said


def test_afterwards_it_may_be_retired_and_its_processes_are_counted(admin_client):
    old()
    old()
    old(role="worker")

    said = shown(admin_client, DeploymentFactory(completed=True))

    assert ">may be retired</span>" in said
    assert "2 web in default, live" in said
    assert "1 worker in default, live" in said


def test_silent_is_not_gone(admin_client):
    old(seen_at=database.Now() - timedelta(seconds=60))

    assert "1 web in default, silent" in shown(admin_client, DeploymentFactory(completed=True))


def test_sessions_that_cannot_be_read_are_not_taken_for_none(admin_client, monkeypatch):
    def away():
        raise Unavailable("no right to read pg_stat_activity")

    monkeypatch.setattr(retiring.fleet, "strangers", away)
    SchemaChangeFactory(key="shop.user.user_email>email_address", owed=True)

    said = shown(admin_client, DeploymentFactory(completed=True))

    assert ">may be retired</span>" in said
    assert "could not be read" in said
    assert "email_address" in said


def test_contracts_that_wait_for_it_are_named(admin_client):
    old()
    waiting = SchemaChangeFactory(key="shop.user.user_email>email_address", owed=True)
    KnownShapeFactory(change=waiting, service="shop", release="2.0")
    known = SchemaChangeFactory(key="shop.user.name>full_name", owed=True)
    for release in ("1.0", "2.0"):
        KnownShapeFactory(change=known, service="shop", release=release)

    said = shown(admin_client, DeploymentFactory(completed=True))

    assert "shop.user.user_email&gt;email_address" in said
    assert "full_name" not in said


def test_no_contract_waits_for_what_is_gone(admin_client):
    SchemaChangeFactory(key="shop.user.user_email>email_address", owed=True)

    said = shown(admin_client, DeploymentFactory(completed=True))

    assert ">retired</span>" in said
    assert "email_address" not in said


def test_another_deployment_may_need_it(admin_client):
    over = DeploymentFactory(completed=True)
    under_way = DeploymentFactory(version="3.0")

    said = shown(admin_client, over)

    assert ">needed elsewhere</span>" in said
    assert under_way.pk in said


def test_what_is_gone_is_said_once_and_then_no_more(admin_client):
    fresh = DeploymentFactory(completed=True)
    past = database.Now() - timedelta(days=15)
    long_ago = DeploymentFactory(completed=True, finished_at=past)

    assert "no process of 1.0 is alive" in shown(admin_client, fresh)
    assert shown(admin_client, long_ago) == ""


@pytest.mark.parametrize("state", ["observing", "rolled_back", "pending"])
def test_nothing_is_said_of_what_serves(state):
    assert retiring.retiring(None, DeploymentFactory(**{state: True})) is None
