"""Who may begin a drill, when it is refused, and calling one off."""

from datetime import timedelta

import pytest
from django.db.models import F

from tests.deploy.drills.stage import Stage
from tests.deploy.factories import DeploymentFactory, DrillFactory, FreezeFactory, alive
from zdt_core import database, messages
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused, Stale
from zdt_deploy.canary.models import MetricWindow, Verdict
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State
from zdt_deploy.drills import operations, suitable
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.rehearsing import ACTOR

pytestmark = pytest.mark.django_db
BOB = Actor("user", "bob")


@pytest.fixture
def stage():
    return Stage()


def refused(stage):
    with pytest.raises(Refused) as found:
        stage.start(reason="monthly")
    assert stage.state != State.ROLLING_BACK
    assert "unknown)" not in str(found.value)
    event = Event.objects.latest("id")
    assert (event.kind, event.refused, event.code) == ("drill.called", True, found.value.code)
    return found.value.code


def change(**facts):
    return lambda stage: Deployment.objects.filter(pk=stage.id).update(**facts)


def judged(**facts):
    return lambda stage: Verdict.objects.update(**facts)


def half(stage):
    plan = {**stage.deployment.plan, "steps": [
        {"percentage": "50", "bake_seconds": 60}, {"percentage": "100", "bake_seconds": 60},
    ]}  # fmt: skip
    change(plan=plan)(stage)


LATER = database.Now() + timedelta(hours=1)
REFUSALS = {
    "drill_not_split": change(strategy="rolling"),
    "drill_not_observed": change(state="paused"),
    "drill_too_large": half,
    "drill_frozen": lambda stage: FreezeFactory(),
    "freeze_unreadable": lambda stage: FreezeFactory(weekly="whenever"),
    "drill_emergency": lambda stage: DeploymentFactory(service="b", emergency_until=LATER),
    "drill_other_goes_back": lambda stage: DeploymentFactory(service="b", stuck=True),
    "drill_unjudged": lambda stage: Verdict.objects.all().delete(),
    "drill_unwatched": judged(at=database.Now() - timedelta(hours=1)),
    "drill_blind": judged(outcome="blind", code="traffic_silent", params={"seconds": 60}),
    "drill_regions_unheard": lambda stage: alive("1.0", region="eu"),
    "drill_without_requests": lambda s: MetricWindow.objects.filter(release="2.0").delete(),
    "drill_under_way": lambda stage: DrillFactory(
        deployment=stage.deployment, state="announced", begun_by="system:drill"
    ),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_it_is_refused_with_a_plain_reason(stage, code):
    REFUSALS[code](stage)

    assert refused(stage) == code


@pytest.mark.parametrize("named", [[], ["staging"]])
def test_an_environment_has_to_be_named(stage, settings, named):
    settings.ZDT_DRILL_ENVIRONMENTS = named

    assert refused(stage) == "drill_not_allowed"


def test_traffic_of_an_hour_ago_is_none(stage):
    MetricWindow.objects.filter(release="2.0").update(window=F("window") - 3600)

    assert refused(stage) == "drill_without_requests"


def test_of_two_operators_one_drills(stage, monkeypatch):
    row = stage.start()
    assert refused(stage) == "drill_under_way"

    monkeypatch.setattr(operations, "_refuse_second", lambda deployment: None)
    assert refused(stage) == "drill_under_way", "the constraint has the last word"
    assert list(Drill.objects.all()) == [row]


def test_an_unknown_deployment_and_a_long_reason_are_refused(stage):
    with pytest.raises(Refused, match="no-such"):
        operations.start("no-such", actor=BOB)
    with pytest.raises(Refused) as found:
        stage.start(reason="x" * 2001)
    assert found.value.code == "drill_reason_long"


def test_nothing_stands_in_the_way_of_one_that_is_fit(stage):
    assert suitable.obstacles(stage.deployment) == []


# ---- announced ----


def test_one_is_announced_and_called_for(stage):
    row = operations.announce(stage.id, actor=ACTOR)
    assert (row.state, (row.begins_at - row.created_at).total_seconds()) == ("announced", 900)
    assert stage.told() == ["drill.announced"]

    assert operations.call(row.pk, actor=ACTOR).state == "called"
    assert operations.call(row.pk, actor=ACTOR).state == "called", "twice is once"
    assert stage.told() == ["drill.announced", "drill.called"]
    stage.slice()
    assert stage.state == State.ROLLING_BACK


def test_one_that_is_not_fit_any_more_is_called_off(stage):
    row = operations.announce(stage.id, actor=ACTOR)
    FreezeFactory(name="peak")

    row = operations.call(row.pk, actor=ACTOR)

    assert (row.state, row.code) == ("called_off", "drill_not_suitable")
    assert "“peak” freezes test" in messages.text(row.code, row.params)
    assert stage.state == State.OBSERVING


def test_a_person_calls_it_off_and_another_may_begin(stage):
    row = operations.announce(stage.id, actor=ACTOR)
    with pytest.raises(Stale):
        operations.call_off(row.pk, actor=BOB, expected_revision=7)

    row = operations.call_off(row.pk, actor=BOB, reason="load test")

    assert (row.state, messages.text(row.code, row.params)) == ("called_off", "bob called it off.")
    assert Event.objects.latest("id").reason == "load test"
    assert stage.start().state == "called"


@pytest.mark.parametrize("state", ["called", "returning", "passed"])
def test_what_was_called_for_goes_back(state):
    row = DrillFactory(state=state)

    with pytest.raises(Refused) as found:
        operations.call_off(row.pk, actor=BOB)
    assert found.value.code == "drill_too_late"
    assert Event.objects.latest("id").refused


def test_calling_off_nothing_is_refused():
    with pytest.raises(Refused, match="no drill 77"):
        operations.call_off(77, actor=BOB)
