"""The console takes one region back, and shows how each of them stands."""

import pytest
from django.urls import reverse

from tests.deploy.factories import DeploymentFactory, VerdictFactory, alive
from tests.people import UserFactory
from zdt_core.events import Actor, Event
from zdt_core.jobs.models import Run
from zdt_deploy.canary import rollback
from zdt_deploy.canary.models import Reach
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(client):
    alive("1.0", "2.0")
    can = ["view_deployment", "rollback_deployment"]
    client.force_login(UserFactory(username="olga", staff=True, can=can))
    return client


def regional(step, **facts):
    plan = Plan.default("regional").to_json()
    regions = {"us-east": {}, "eu-west": {}} if step else {"us-east": {}}
    return DeploymentFactory(strategy="regional", plan=plan, step=step, regions=regions, **facts)


def page_of(client, row):
    url = reverse("admin:zdt_deploy_deployment_change", args=(row.pk,))
    return client.get(url).content.decode()


def ask(client, row, **said):
    url = reverse("admin:zdt_deploy_deployment_operation", args=(row.pk, "retreat"))
    return client.post(url, {"revision": row.revision} | said, follow=True)


def test_the_regions_that_have_users_are_offered(olga):
    shown = page_of(olga, regional(1))
    assert 'id="zdt-do-retreat"' in shown
    assert [name in shown for name in ("us-east (10 %)", "eu-west (30 %)", "apac (")] == [
        True, True, False,
    ]  # fmt: skip


def test_it_asks_before_it_does_and_needs_region_and_reason(olga):
    row = regional(1)
    assert 'name="confirmed"' in ask(olga, row).content.decode()
    said = ask(olga, row, confirmed="1", reason="slow there").content.decode()
    assert "Choose the region that goes back." in said
    said = ask(olga, row, confirmed="1", region="mars", reason="slow there").content.decode()
    assert "Choose the region that goes back." in said
    assert "Say why" in ask(olga, row, confirmed="1", region="us-east").content.decode()
    assert Deployment.objects.get().state == "observing"


def test_who_says_region_and_reason_takes_it_back(olga):
    row = regional(1)
    ask(olga, row, confirmed="1", region="eu-west", reason="slow there")
    row.refresh_from_db()
    assert (row.state, list(row.regions["eu-west"])) == ("paused", ["back", "since"])
    event = Event.objects.get(kind="deployment.retreated")
    assert (event.actor_name, event.reason, event.params["region"]) == (
        "olga", "slow there", "eu-west",
    )  # fmt: skip


def test_while_all_is_well_the_version_is_typed(olga):
    row = regional(1)
    VerdictFactory(deployment=row, outcome="ok", code="canary_within_limits")
    said = {"confirmed": "1", "region": "eu-west", "reason": "support is flooded"}
    assert "Type 2.0 to confirm" in ask(olga, row, **said).content.decode()
    ask(olga, row, **said, typed="2.0")
    assert Deployment.objects.get().state == "paused"


def test_who_may_not_is_told_and_refused(client):
    alive("1.0", "2.0")
    client.force_login(UserFactory(username="olga", staff=True, can=["view_deployment"]))
    row = regional(1)
    assert ask(client, row, confirmed="1", region="eu-west", reason="!").status_code == 403
    assert "rollback_deployment" in page_of(client, row)
    assert Deployment.objects.get().state == "observing"


def test_the_only_region_with_users_goes_back_with_everyone(olga):
    shown = page_of(olga, regional(0))
    assert 'id="zdt-do-retreat"' not in shown
    assert "While users of several regions are on the new release." in shown


def test_a_canary_knows_no_regions(olga):
    shown = page_of(olga, DeploymentFactory())
    assert "Take one region back" not in shown
    assert 'data-part="regions"' not in shown


def test_the_page_shows_how_each_region_stands(olga):
    row = regional(1)
    machine.take_back(row.pk, region="us-east", reason="slow", actor=Actor("user", "ada"))
    said = {"eu-west": {"outcome": "ok", "code": "traffic_silent", "params": {"seconds": 60}}}
    VerdictFactory(deployment=row, outcome="ok", evidence={"regions": said})
    Reach.objects.create(
        service="shop", environment="test", region="apac", trouble="Redis did not answer"
    )
    shown = page_of(olga, row)
    table = shown[shown.index('data-part="regions"') :]
    assert "next: every router there follows" in table
    assert "No requests reached either release for 60 s" in table
    assert "The metrics could not be read: Redis did not answer" in table
    assert "Its turn has not come." in table


def test_the_page_says_when_a_region_is_back(olga):
    row = regional(1)
    machine.take_back(row.pk, region="us-east", reason="slow", actor=Actor("user", "ada"))
    row.refresh_from_db()
    Run.objects.filter(key=rollback.key(row, "us-east")).update(state=Run.State.SUCCEEDED)
    assert "Every router there sends users to stable." in page_of(olga, row)


def test_the_history_says_which_region_went_back(olga):
    row = regional(1)
    machine.take_back(row.pk, region="us-east", reason="slow", actor=Actor("user", "ada"))
    assert "us-east 10 % → 0 %" in page_of(olga, row)
