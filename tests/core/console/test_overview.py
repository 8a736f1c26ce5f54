"""The overview: what an operator sees at a glance, on any admin site, with few questions."""

import re

import pytest
from django.contrib.admin import AdminSite
from django.core.management import call_command
from django.test import override_settings
from django.urls import include, path

from tests.core.console.conftest import LOOKS, ask_the_doctor
from tests.core.factories import ProcessFactory, RunFactory
from tests.deploy.factories import DeploymentFactory, TrafficShareFactory, VerdictFactory, alive
from tests.policy import breaches
from zdt_core import database
from zdt_core.console import doctor, panels
from zdt_core.console.models import Overview
from zdt_core.console.overview import OverviewAdmin
from zdt_core.doctor import warning, wrong
from zdt_core.events import Actor, Event, record
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db
URL = "/admin/zdt_core/overview/"
LIVE = f"{URL}live/"

lonely = AdminSite("lonely")
lonely.register(Overview, OverviewAdmin)
urlpatterns = [path("ops/deep/", lonely.urls), path("", include("demo.shop.urls"))]


def page_of(client, url=URL):
    return client.get(url).content.decode()


def parts_of(html):
    return re.findall(r'data-part="([a-z_]+)"', html)


def test_it_is_in_the_menu_for_those_who_may_see_it(operator):
    assert URL in page_of(operator("view_overview"), "/admin/")
    assert URL not in page_of(operator("view_run"), "/admin/")


@pytest.mark.parametrize("url", [URL, LIVE])
def test_without_the_permission_there_is_nothing_to_see(operator, url):
    assert operator("view_run").get(url).status_code == 403


def test_it_begins_with_what_needs_a_human(operator):
    assert parts_of(page_of(operator()))[0] == "needs"


def test_an_empty_site_is_told_what_to_do_next(operator):
    page = page_of(operator())

    assert "Nothing waits for you." in page
    assert "manage.py zdt_deployment start VERSION" in page
    assert "manage.py zdt_worker" in page
    assert "manage.py zdt_flag set NAME" in page


def test_releases_stand_side_by_side_with_processes_and_share(operator):
    alive("1.0", "2.0", "2.0")
    TrafficShareFactory(deployment=DeploymentFactory())

    page = " ".join(page_of(operator()).split())

    assert re.search(r'<th scope="row">1.0</th> <td class="zdt-number">95 %</td>', page)
    assert re.search(r'<th scope="row">2.0</th> <td class="zdt-number">5 %</td>', page)
    assert "2 live" in page


def test_what_is_live_says_where_its_deployment_stands_and_what_the_monitor_saw(operator):
    deployment = DeploymentFactory.aged(720)
    TrafficShareFactory(deployment=deployment)
    VerdictFactory(deployment=deployment)

    page = page_of(operator())

    assert "5 % of users are on 2.0, watched for 12 min" in page
    assert "Waiting: 10 requests" in page


def test_a_rollback_that_got_stuck_needs_somebody_now(operator):
    DeploymentFactory(stuck=True)

    page = page_of(operator())

    assert "zdt-urgent" in page
    assert "needs a person" in page


def test_what_is_paused_is_a_decision_that_waits(operator):
    DeploymentFactory(paused=True)

    page = page_of(operator())

    assert ">waits</span>" in page
    assert "zdt-urgent" not in page


def test_of_many_deployments_those_that_wait_and_those_with_users_are_there(operator):
    stuck = DeploymentFactory.aged(9000, stuck=True, service="old")
    moving = DeploymentFactory.aged(9000, service="slow")
    TrafficShareFactory(deployment=moving, service="slow")
    newer = [DeploymentFactory.build(service=f"new-{number}") for number in range(25)]
    Deployment.objects.bulk_create(newer)

    page = page_of(operator())

    assert stuck.pk in page
    assert moving.pk in page


def test_a_share_that_lapsed_under_a_release_is_urgent(operator):
    TrafficShareFactory(deployment=DeploymentFactory(), lapsed=True)

    assert "No monitor renewed the share of 5 %" in page_of(operator())


def test_work_that_gave_up_is_urgent(operator):
    RunFactory(kind="schema.backfill", state="failed", finished_at=database.Now())

    assert "1 piece of background work failed within a day" in page_of(operator())


def test_what_the_doctor_calls_wrong_is_urgent_and_a_warning_is_not(operator, doctor_is_well):
    doctor_is_well.append(wrong("Redis does not answer.", "Start it."))
    doctor_is_well.append(warning("No ticker is alive.", "Start manage.py zdt_ticker."))

    page = page_of(operator())

    assert page.index("zdt-urgent") < page.index("Redis does not answer.") < page.index("Start it.")
    assert page.index("What the doctor says") < page.index("Start manage.py zdt_ticker.")


def test_each_panel_shows_itself_only_to_those_who_may_see_its_rows(operator):
    DeploymentFactory(stuck=True)

    page = page_of(operator("view_overview"))

    assert parts_of(page) == ["needs"]
    assert "Nothing waits for you." in page


def test_it_takes_few_queries_however_much_there_is(
    operator, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr(doctor, "_ask", ask_the_doctor)
    client = operator()
    fill(services=12)

    with django_assert_max_num_queries(21):
        page = page_of(client)

    assert len(page) < 150_000


def test_polling_an_unchanged_page_takes_next_to_nothing(
    operator, steady, django_assert_max_num_queries
):
    client = operator()
    fill(services=2)
    etag = client.get(LIVE)["ETag"]

    with django_assert_max_num_queries(5):
        answer = client.get(LIVE, headers={"If-None-Match": etag})

    assert (answer.status_code, answer.content) == (304, b"")


def test_an_event_changes_what_is_polled(operator, steady):
    client = operator()
    etag = client.get(LIVE)["ETag"]
    with database.atomic():
        record("process.ordered", subject=("process", "x"), actor=Actor.system("test"))

    answer = client.get(LIVE, headers={"If-None-Match": etag})

    assert answer.status_code == 200
    assert "process.ordered" in answer.content.decode()


def test_the_fragment_holds_the_parts_of_the_page(operator):
    client = operator()

    assert parts_of(page_of(client, LIVE)) == parts_of(page_of(client))
    assert client.get(LIVE)["X-Zdt-Live"] == "5000"


def test_a_strict_policy_blocks_nothing(operator):
    fill(services=2)

    assert breaches(page_of(operator())) == []


def test_on_a_site_with_nothing_else_there_are_no_dead_links(operator):
    fill(services=2)
    client = operator()

    with override_settings(ROOT_URLCONF=__name__):
        page = page_of(client, "/ops/deep/zdt_core/overview/")

    assert "2.0" in page
    links = set(re.findall(r'href="(/[^"#?]*)', page.split('id="content"')[1]))
    assert links == set()
    assert 'data-live="/ops/deep/zdt_core/overview/live/"' in page


def test_zdt_core_alone_shows_its_own_panels(operator, monkeypatch):
    own = {
        template: panel
        for template, panel in panels._panels["overview"].items()
        if template.startswith("zdt_core/")
    }
    monkeypatch.setitem(panels._panels, "overview", own)
    fill(services=1)

    assert parts_of(page_of(operator(*LOOKS))) == [
        "needs", "releases", "processes", "runs", "events",
    ]  # fmt: skip


def test_a_row_has_no_page_of_its_own(operator):
    assert operator().get(f"{URL}1/change/").url == URL


def test_the_model_has_no_rows_and_needs_no_table(capsys, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert list(Overview.objects.all()) == []
    call_command("dumpdata", "zdt_core.overview")

    assert capsys.readouterr().out.strip() == "[]"


def fill(services):
    """Services with a release under way each, and plenty of everything else."""
    for number in range(services):
        at = {"service": f"shop-{number}", "environment": "test"}
        deployment = DeploymentFactory(**at)
        TrafficShareFactory(deployment=deployment, **at)
        VerdictFactory.create_batch(3, deployment=deployment)
        ProcessFactory.create_batch(2, release="1.0", **at)
        ProcessFactory.seen(40, release="2.0", **at)
    RunFactory.create_batch(10 * services)
    Event.objects.bulk_create(
        Event(kind="flag.changed", subject_type="flag", subject_id="x", actor_kind="user",
              actor_name="ada", service="shop", environment="test")
        for _ in range(30 * services)
    )  # fmt: skip
