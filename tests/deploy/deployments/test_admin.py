"""Deployments in the admin: what a person sees, may do, and is told when they may not."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory
from tests.people import UserFactory
from zdt_core.events import Actor, Event
from zdt_deploy.canary.models import Verdict
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment, Plan

pytestmark = pytest.mark.django_db
LIST = "/admin/zdt_deploy/deployment/"
PLANS = "/admin/zdt_deploy/plan/"


@pytest.fixture
def fleet():
    for release in ("1.0", "2.0"):
        ProcessFactory(release=release, service="default")


@pytest.fixture
def deployment(fleet):
    at = {"environment": "test", "service": "default"}
    started = machine.start(version="2.0", actor=Actor.system("test"), **at)
    return machine.arrive(started.pk, actor=Actor.system("test"))


def _olga(*can):
    known = get_user_model().objects.filter(username="olga").first()
    return known or UserFactory(username="olga", staff=True, can=["view_deployment", *can])


@pytest.fixture
def operator(client):
    def signed_in(*can):
        client.force_login(_olga(*can))
        return client

    return signed_in


def page_of(client, deployment):
    return client.get(f"{LIST}{deployment.pk}/change/").content.decode()


def do(client, deployment, name, **fields):
    url = reverse("admin:zdt_deploy_deployment_operation", args=(deployment.pk, name))
    said = {"reason": "because", "confirmed": "1", "typed": deployment.version}
    fields = {"revision": deployment.revision} | said | fields
    return client.post(url, fields, follow=True)


def state(deployment):
    return Deployment.objects.get(pk=deployment.pk).state


def test_the_list_says_where_each_deployment_stands(operator, deployment):
    page = operator().get(LIST).content.decode()

    assert "5 % of users are on 2.0" in page


def test_the_list_takes_few_queries_however_many_are_under_way(
    operator, django_assert_max_num_queries
):
    client = operator()
    for number in range(30):
        DeploymentFactory(service=f"shop-{number}")

    with django_assert_max_num_queries(12):
        page = client.get(LIST).content.decode()

    assert page.count("5 % of users are on 2.0") == 30


def test_an_empty_list_names_the_next_command(operator):
    assert "manage.py zdt_deployment start VERSION" in operator().get(LIST).content.decode()


def test_the_page_shows_the_newest_evidence_in_numbers(operator, deployment):
    track = {"requests": 1200, "errors": 12, "p50_ms": 20.0, "p95_ms": 180.0, "p99_ms": None}
    evidence = {"baseline": "concurrent", "canary": track, "stable": track}
    Verdict.objects.create(
        deployment=deployment, slot=3, last_slot=3, step=0, outcome="ok",
        code="canary_too_few", params={"requests": 7, "minimum": 1000}, evidence=evidence,
    )  # fmt: skip

    page = page_of(operator(), deployment)

    assert "1.00 %" in page
    assert "180 ms" in page
    assert "Waiting: 7 requests" in page


def test_without_verdicts_it_says_what_to_look_after(operator, deployment):
    assert "zdt_ticker" in page_of(operator(), deployment)


def test_an_operation_without_permission_is_explained_and_refused(operator, deployment):
    client = operator()

    assert "You need the permission “rollback_deployment”" in page_of(client, deployment)
    assert do(client, deployment, "rollback").status_code == 403
    assert state(deployment) == "observing"
    assert Event.objects.filter(refused=True, actor_name="olga").count() == 1


@pytest.mark.parametrize(
    ("name", "permission", "expected"),
    [
        ("pause", "pause_deployment", "paused"),
        ("advance", "advance_deployment", "shifting"),
        ("rollback", "rollback_deployment", "rolling_back"),
    ],
)
def test_each_operation_has_its_own_permission(operator, deployment, name, permission, expected):
    assert do(operator(permission), deployment, name).status_code == 200

    assert state(deployment) == expected


def test_an_operation_of_another_state_is_refused_with_the_reason(operator, deployment):
    page = do(operator("complete_deployment"), deployment, "complete", typed="2.0").content.decode()

    assert "Nothing was changed." in page
    assert state(deployment) == "observing"


def test_a_stale_form_changes_nothing_and_names_the_new_state(operator, deployment):
    client = operator("pause_deployment", "rollback_deployment")
    do(client, deployment, "pause")

    page = do(client, deployment, "rollback").content.decode()

    assert "it is paused now" in page
    assert state(deployment) == "paused"


def test_rolling_back_takes_a_reason(operator, deployment):
    do(operator("rollback_deployment"), deployment, "rollback", reason=" ")

    assert state(deployment) == "observing"


def test_completing_takes_the_version_typed(operator, deployment):
    client = operator("complete_deployment")
    Deployment.objects.filter(pk=deployment.pk).update(state="baking", step=3)

    page = do(client, deployment, "complete", typed="2").content.decode()
    assert "Type 2.0 to confirm" in page
    assert state(deployment) == "baking"

    do(client, deployment, "complete", typed="2.0")
    assert state(deployment) == "completed"


def test_the_form_starts_a_deployment(operator, fleet):
    client = operator("start_deployment")

    client.post(f"{LIST}add/", {"version": "2.0", "strategy": "canary", "steps": "10,100"})

    started = Deployment.objects.get()
    assert started.started_by == "user:olga"
    assert [step["percentage"] for step in started.plan["steps"]] == ["10", "100"]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"version": "3.0", "previous_version": "1.0"}, "No web process of 3.0"),
        ({"version": "2.0", "steps": "50,25,100"}, "The steps must rise"),
        ({"version": "2.0", "steps": "50,500"}, "A percentage lies above 0"),
        ({"version": ""}, "This field is required"),
    ],
)
def test_a_refused_start_is_a_form_error(operator, fleet, fields, complaint):
    client = operator("start_deployment")

    page = client.post(f"{LIST}add/", {"strategy": "canary"} | fields).content.decode()

    assert complaint in page
    assert not Deployment.objects.exists()


def test_starting_has_its_own_permission(operator, fleet):
    assert operator("rollback_deployment").get(f"{LIST}add/").status_code == 403


def test_closing_the_way_back_of_another_takes_the_version_typed(operator, fleet):
    client = operator("start_deployment")
    fields = {"version": "2.0", "strategy": "canary", "close_window": "on", "typed": "2"}

    page = client.post(f"{LIST}add/", fields).content.decode()
    assert "Type 2.0 to close the way back" in page
    assert not Deployment.objects.exists()

    client.post(f"{LIST}add/", fields | {"typed": "2.0"})
    assert Deployment.objects.count() == 1


def test_an_unknown_deployment_is_not_found(operator):
    assert operator().get(f"{LIST}nothing/change/").status_code == 404
    assert operator().get(f"{LIST}nothing/live/").status_code == 404


def test_without_the_permission_to_look_there_is_nothing(client, deployment):
    client.force_login(UserFactory(staff=True, can=["rollback_deployment"]))

    assert client.get(f"{LIST}{deployment.pk}/change/").status_code == 403
    assert client.get(f"{LIST}{deployment.pk}/live/").status_code == 403
    assert do(client, deployment, "rollback").status_code == 403
    assert state(deployment) == "observing"


@pytest.mark.parametrize(
    "typed", ["[" * 5000, "[" * 900 + "]" * 900, '{"minimum_sample": 1' + "0" * 5000 + "}", "{"]
)
def test_a_plan_that_nobody_can_read_is_shown_again_with_what_is_wrong(operator, typed):
    page = operator("add_plan", "view_plan").post(f"{PLANS}add/", {"name": "a", "fields": typed})

    assert page.status_code == 200
    assert 'class="errorlist"' in page.content.decode()
    assert not Plan.objects.exists()
