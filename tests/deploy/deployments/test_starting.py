"""Starting: what must be so first, what stays, and what is refused with nothing changed."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, PlanFactory, alive
from zdt_core import database
from zdt_core.events import Event
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import machine, rivals
from zdt_deploy.deployments.artifacts import Shipped
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import Event as Move
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db
HERE = {"service": "shop", "environment": "test"}
SHIPPED = Shipped("api_server", "a" * 64, 7)


@pytest.fixture
def start(ada):
    def start(version="2.0", **given):
        at = {"environment": "test", "service": "shop", "actor": ada}
        return machine.start(version=version, **at | given)

    return start


@pytest.fixture
def fleet():
    alive("1.0", "2.0")


@pytest.fixture
def refused(everything):
    """Calls, and expects a refusal with nothing changed. Returns the refusal."""

    def refused(code, call, *args, **given):
        before = everything()
        with pytest.raises(Refused) as refusal:
            call(*args, **given)
        assert refusal.value.code == code
        assert everything() == before
        return refusal.value

    return refused


def test_a_start_publishes_the_first_step(start, fleet, moves):
    deployment = start(reason="new checkout", artifacts=[SHIPPED])
    assert (deployment.state, deployment.step, deployment.step_arrived) == ("shifting", 0, False)
    assert (deployment.version, deployment.previous_version) == ("2.0", "1.0")
    assert (deployment.started_by, deployment.reason) == ("user:ada", "new checkout")
    assert deployment.started_at is not None
    assert deployment.instances == 1
    assert [(a.name, a.sha256, a.size) for a in deployment.artifacts.all()] == [
        ("api_server", "a" * 64, 7)
    ]
    assert moves == [(Move.START, State.PENDING, "shifting", "ada")]


def test_the_id_carries_the_databases_time(start, fleet):
    deployment = start()
    assert re.fullmatch(r"deploy-\d{8}T\d{6}Z-[0-9a-f]{8}", deployment.pk)
    assert f"{deployment.created_at:%Y%m%dT%H%M}" in deployment.pk


def test_a_start_records_what_was_asked_and_that_it_began(start, fleet):
    start(artifacts=[SHIPPED])
    rows = Event.objects.filter(subject_type="deployment").exclude(kind="deployment.checked")
    created, started = rows.order_by("pk")
    assert (created.kind, started.kind) == ("deployment.created", "deployment.started")
    assert created.after["artifacts"] == {"api_server": "a" * 64}
    assert created.after["plan"] == Plan.default("canary").to_json()
    assert started.after["share"] == "5"


def test_the_plan_is_copied(start, fleet):
    plan = Plan.default("canary").changed({"minimum_sample": 5})
    assert Plan.from_json(start(plan=plan).plan) == plan


def test_the_strategy_has_its_default_plan(start, fleet):
    deployment = start(strategy="blue_green")
    assert (deployment.strategy, len(deployment.plan["steps"])) == ("blue_green", 1)


def test_the_strategy_and_the_plan_must_agree(start, fleet, refused):
    refused("blue_green_has_one_step", start, strategy="blue_green", plan=Plan.default("canary"))


def test_a_named_plan_stands_in_for_the_built_in_one(start, fleet):
    PlanFactory(name="canary", fields={"minimum_sample": 77})
    assert start().plan["minimum_sample"] == 77


# ---- what must be alive ----


def test_a_release_that_nobody_runs_is_not_sent_users(start, refused, refusals):
    alive("1.0")
    refusal = refused("no_live_process", start)
    assert refusal.params == {"release": "2.0", "alive": "1.0", **HERE}
    assert "for “shop” in test" in str(refusal)
    assert "ZDT_VERSION=2.0" in str(refusal)
    assert refusals() == [("deployment.started", "no_live_process", "ada")]
    event = Event.objects.get()
    assert (event.subject_type, event.subject_id, event.service) == ("release", "2.0", "shop")


@pytest.mark.parametrize(
    "facts",
    [{"draining": True}, {"role": "worker"}, {"service": "billing"}, {"environment": "staging"},
     {"left_at": database.Now()}],
)  # fmt: skip
def test_only_a_web_process_that_takes_requests_here_counts(start, refused, facts):
    alive("1.0")
    ProcessFactory(**{"release": "2.0", **facts})
    refused("no_live_process", start)


def test_a_silent_process_is_not_taken_for_alive_nor_for_dead(start, refused):
    alive("1.0")
    ProcessFactory.seen(60, release="2.0")
    assert refused("process_silent", start).params["release"] == "2.0"


def test_stable_must_be_there_as_the_way_back(start, refused):
    alive("2.0")
    refused("stable_not_alive", start, previous_version="1.0")
    assert start(previous_version="1.0", force=True).state == "shifting"


# ---- which release is stable ----


def test_the_only_other_release_alive_is_the_stable_one(start, fleet):
    assert start().previous_version == "1.0"


@pytest.mark.parametrize("releases", [["2.0"], ["1.0", "1.1", "2.0"]])
def test_where_zdt_cannot_tell_somebody_must(start, refused, releases):
    alive(*releases)
    refusal = refused("stable_unknown", start)
    assert "--from" in str(refusal)


def test_a_slip_in_the_version_is_not_taken_for_a_riddle_about_stable(start, fleet, refused):
    refusal = refused("no_live_process", start, "20")
    assert refusal.params == {"release": "20", "alive": "1.0, 2.0", **HERE}


def test_what_reached_everyone_last_is_stable_whatever_else_is_alive(start):
    alive("1.0", "2.0", "3.0")
    DeploymentFactory(completed=True)
    assert start("3.0").previous_version == "2.0"


def test_what_went_back_is_not_stable(start):
    alive("1.0", "2.0", "3.0")
    DeploymentFactory(completed=True, version="1.0", previous_version="0.9")
    DeploymentFactory(rolled_back=True, promoted_at=database.Now())
    assert start("3.0").previous_version == "1.0"


def test_another_service_has_its_own_stable_release(start, fleet):
    DeploymentFactory(completed=True, service="billing", version="9.9")
    DeploymentFactory(completed=True, environment="staging", version="9.9")
    assert start().previous_version == "1.0"


def test_users_are_not_moved_from_what_they_are_on_by_a_slip(start, refused):
    alive("1.0", "2.0", "3.0")
    DeploymentFactory(completed=True)
    refusal = refused("stable_differs", start, "3.0", previous_version="1.0")
    assert refusal.params == {"given": "1.0", "known": "2.0"}
    assert start("3.0", previous_version="1.0", force=True).previous_version == "1.0"


def test_the_stable_release_is_not_deployed_over_itself(start, fleet, refused):
    refused("version_unchanged", start, previous_version="2.0")
    DeploymentFactory(completed=True)
    refused("version_unchanged", start, "2.0")


@pytest.mark.parametrize("version", ["", " ", "a b", "ü", "-x", "x" * 41, "1\n", "1;2"])
def test_a_version_that_cannot_travel_is_refused(start, refused, version):
    refused("version_malformed", start, version)


@pytest.mark.parametrize("at", [{"service": "a/b"}, {"environment": ""}])
def test_so_is_a_place(start, refused, at):
    refused("label_malformed", start, **at)


def test_an_artifact_is_named_once(start, fleet, refused):
    refused("artifact_twice", start, artifacts=[SHIPPED, SHIPPED])


# ---- never two at once ----


@pytest.mark.parametrize(
    "trait", ["shifting", "observing", "paused", "held", "rolling_back", "stuck"]
)
def test_a_second_one_is_refused_and_the_first_is_named(start, fleet, refused, refusals, trait):
    first = DeploymentFactory(version="1.5", **{trait: True})
    refusal = refused("duplicate_deployment", start)
    assert (refusal.params["id"], refusal.params["state"]) == (first.pk, first.state)
    assert first.pk in str(refusal)
    assert refusals() == [("deployment.started", "duplicate_deployment", "ada")]


def test_another_place_is_not_in_the_way(start, fleet):
    DeploymentFactory(service="billing")
    DeploymentFactory(environment="staging")
    assert start().state == "shifting"


def test_the_constraint_has_the_last_word(start, fleet, refused, monkeypatch):
    first = DeploymentFactory(version="1.5")
    monkeypatch.setattr(rivals, "lock", lambda *args: [])
    assert refused("duplicate_deployment", start).params["id"] == first.pk


def test_other_errors_of_the_database_pass_on(ada):
    with pytest.raises(IntegrityError):
        rivals.refuse(DeploymentFactory(), IntegrityError("something else"))


# ---- the window of the one before ----


@pytest.fixture
def baking():
    alive("1.0", "2.0", "3.0")
    return DeploymentFactory(baking=True)


def test_an_open_window_is_not_closed_unasked(start, baking, refused):
    refusal = refused("window_open", start, "3.0")
    assert (refusal.params["id"], refusal.params["version"]) == (baking.pk, "2.0")
    assert "--close-window" in str(refusal)


def test_an_open_window_is_closed_when_that_is_agreed(start, baking, moves):
    deployment = start("3.0", close_window=True)
    assert deployment.previous_version == "2.0"
    closed = Deployment.objects.get(pk=baking.pk)
    assert (closed.state, closed.code) == ("completed", "window_closed")
    event = Event.objects.get(kind="deployment.completed")
    assert event.subject_id == baking.pk
    assert event.params == {"id": deployment.pk, "version": "3.0"}
    assert [event for event, *_ in moves] == [Move.COMPLETE, Move.START]


def test_a_window_that_is_over_needs_no_agreement(start, baking):
    Deployment.objects.update(window_until=database.Now() - timedelta(seconds=1))
    assert start("3.0").state == "shifting"


def test_a_refused_start_leaves_the_window_open(start, baking, refused):
    refused("no_live_process", start, "4.0", close_window=True)


# ---- recorded first, begun later ----


def test_a_deployment_can_be_recorded_first(start, fleet, moves, ada):
    pending = start(hold=True)
    assert (pending.state, pending.started_at, moves) == ("pending", None, [])
    begun = machine.begin(pending.pk, actor=ada)
    assert (begun.pk, begun.state) == (pending.pk, "shifting")


def test_recording_asks_for_nothing_that_beginning_asks_for(start, refused, ada):
    alive("1.0")
    DeploymentFactory(version="1.5")
    pending = start(hold=True, previous_version="1.0")
    refused("duplicate_deployment", machine.begin, pending.pk, actor=ada)
    Deployment.objects.filter(version="1.5").update(state="rolled_back")
    refused("no_live_process", machine.begin, pending.pk, actor=ada)
    alive("2.0")
    assert machine.begin(pending.pk, actor=ada).state == "shifting"


def test_what_became_stable_meanwhile_is_noticed(start, fleet, refused, ada):
    pending = start(hold=True)
    DeploymentFactory(completed=True, version="1.5")
    refused("stable_differs", machine.begin, pending.pk, actor=ada)


def test_beginning_closes_the_window_only_when_that_is_agreed(start, baking, refused, ada):
    pending = start("3.0", hold=True)
    refused("window_open", machine.begin, pending.pk, actor=ada)
    begun = machine.begin(pending.pk, actor=ada, close_window=True)
    assert begun.state == "shifting"
    assert Deployment.objects.get(pk=baking.pk).state == "completed"


def test_beginning_twice_is_refused(start, fleet, refused, ada):
    pending = start(hold=True)
    machine.begin(pending.pk, actor=ada)
    refused("illegal_move", machine.begin, pending.pk, actor=ada)


def test_beginning_what_somebody_changed_is_refused(start, fleet, refused, ada):
    pending = start(hold=True)
    refused("stale_revision", machine.begin, pending.pk, actor=ada, expected_revision=9)
    refused("no_such_deployment", machine.begin, "deploy-never", actor=ada)
