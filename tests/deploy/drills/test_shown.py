"""Drills in the admin, on the overview, to the doctor and in /metrics."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.deploy.drills.stage import Stage
from tests.deploy.factories import DeploymentFactory, DrillFactory
from tests.people import UserFactory
from tests.policy import breaches
from zdt_core import database
from zdt_core.doctor import rounds
from zdt_core.events import Event
from zdt_deploy.deployments.states import State
from zdt_deploy.drills import collectors, operations
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.rehearsing import ACTOR

pytestmark = pytest.mark.django_db
ALL = ["view_drill", "run_drill", "view_deployment", "view_overview"]


def person(name, *can):
    client = Client()
    client.force_login(UserFactory(username=name, staff=True, can=list(can or ALL)))
    return client


@pytest.fixture
def olga():
    return person("olga")


def url(name, *args, model="drill"):
    return reverse(f"admin:zdt_deploy_{model}_{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def test_one_is_begun_from_the_deployments_page(olga):
    stage = Stage()
    begin = f"{url('add')}?deployment={stage.id}"
    page = text(olga.get(url("change", stage.id, model="deployment")))
    assert begin in page
    assert f'value="{stage.id}" selected' in text(olga.get(begin))

    said = {"deployment": stage.id, "reason": "monthly"}
    assert "required" in text(olga.post(begin, said))
    assert not Drill.objects.exists()
    made = olga.post(begin, {**said, "sure": "on"}, follow=True)
    assert "Next: a worker publishes 0 %." in text(made)
    assert stage.drill.begun_by == "user:olga"
    assert begin not in text(olga.get(url("change", stage.id, model="deployment")))


def test_the_history_and_each_page_tell_the_times(olga):
    row = DrillFactory()

    page = text(olga.get(url("change", row.pk)))
    assert "at the latest; windows last 10 s" in page
    assert "all requests were on stable after 9.0 s" in page
    assert ">passed</span>" in text(olga.get(url("changelist")))


def test_what_keeps_one_from_beginning_is_said(olga):
    page = text(olga.get(url("change", DeploymentFactory().pk, model="deployment")))
    assert "The monitor has not judged" in page
    assert f"{url('add')}?deployment" not in page

    row = DeploymentFactory(service="b")
    refused = olga.post(url("add"), {"deployment": row.pk, "sure": "on"})
    assert "The monitor has not judged" in text(refused)


def test_where_none_may_be_made_nothing_is_shown(olga, settings):
    settings.ZDT_DRILL_ENVIRONMENTS = []

    page = text(olga.get(url("change", DeploymentFactory().pk, model="deployment")))
    assert 'data-part="drill"' not in page


def test_an_announced_one_is_called_off(olga):
    stage = Stage()
    row = operations.announce(stage.id, actor=ACTOR)
    assert "zdt-do-call_off" in text(olga.get(url("change", row.pk)))

    do = url("operation", row.pk, "call_off")
    assert "olga called it off." in text(olga.post(do, {"revision": "1"}, follow=True))
    assert stage.state == State.OBSERVING


def test_who_may_not_is_refused_and_noted():
    eve, row = person("eve", "view_drill", "view_deployment"), DrillFactory(state="announced")

    assert eve.get(url("add")).status_code == 403
    assert eve.post(url("operation", row.pk, "call_off"), {"revision": "1"}).status_code == 403
    rows = Event.objects.filter(refused=True).order_by("id")
    assert [(e.kind, e.params["permission"]) for e in rows] == [
        ("drill.called", "run_drill"), ("drill.called_off", "run_drill"),
    ]  # fmt: skip
    assert person("ann", "view_deployment").get(url("changelist")).status_code == 403


@pytest.mark.parametrize(
    "facts",
    [{"state": "announced", "called_at": None, "decided_at": None, "zero_at": None,
      "stable_at": None, "code": ""},
     {"state": "returning", "stable_at": None, "code": ""},
     {"state": "unseen", "stable_at": None, "code": "drill_stable_unseen"}, {}],
)  # fmt: skip
def test_every_drill_has_its_page_and_a_strict_policy_blocks_nothing_of_it(olga, facts):
    row = DrillFactory(**facts)

    page = olga.get(url("change", row.pk)).content.decode()

    assert (breaches(page), "could not be read" in page) == ([], False)
    assert ("unknown" in page) == (row.stable_at is None and row.called_at is not None)
    assert olga.get(url("live", row.pk)).status_code == 200


# ---- overdue ----


def canary_of(days):
    past = database.Now() - timedelta(days=days)
    return DeploymentFactory(completed=True, started_at=past)


def test_the_overview_and_the_doctor_say_that_one_is_overdue(olga):
    overview = reverse("admin:zdt_core_overview_changelist")
    canary_of(5)
    assert "drill is overdue" not in text(olga.get(overview))
    assert any("next drill is due in 25 d" in f.text for f in rounds.findings(quick=False))

    canary_of(40)
    assert "shop, test: A drill is overdue by 10 d." in text(olga.get(overview))
    found = {f.code: f for f in rounds.findings(quick=False)}["drill_overdue"]
    assert (found.standing, "A drill is overdue by 10 d." in found.text) == ("warning", True)


def test_metrics_tell_how_fresh_the_last_one_is_and_nothing_where_there_is_none():
    assert not any(collectors.drills().values())
    canary_of(40)
    (late,) = collectors.drills()["zdt_drill_overdue_seconds"]
    assert (late.labels, round(late.value / 86_400)) == (("test", "shop"), 10)

    DrillFactory(called_at=database.Now() - timedelta(hours=1))
    shown = collectors.drills()
    assert [round(p.value) for p in shown["zdt_drill_overdue_seconds"]] == [0]
    assert [round(p.value) for p in shown["zdt_drill_passed_age_seconds"]] == [3600]

    DrillFactory(state="unseen", stable_at=None)
    points = {p.labels[2]: p.value for p in collectors.drills()["zdt_drill_seconds"]}
    assert points == {"decision": 0.5, "zero": 4.0}
