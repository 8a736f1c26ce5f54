"""A freeze stops what goes forward, never what goes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.deploy.factories import DeploymentFactory, FreezeFactory, alive
from zdt_core import gates
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_core.gates import Answer
from zdt_deploy.deployments import batches, machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.freezes import emergencies, gate

pytestmark = pytest.mark.django_db
ADA = Actor("user", "ada")


@pytest.fixture
def fleet():
    alive("1.0", "2.0")


def start(**facts):
    usual = {"version": "2.0", "environment": "test", "service": "shop", "actor": ADA}
    return machine.start(**usual, previous_version="1.0", **facts)


def test_a_start_is_refused_with_why_by_whom_and_until_when(fleet):
    ends = timezone.now() + timedelta(days=3)
    FreezeFactory(
        name="peak", reason="the week that counts", created_by="user:olga", ends_at=ends,
        time_zone="Europe/Berlin",
    )  # fmt: skip

    with pytest.raises(Refused) as refused:
        start()

    said = str(refused.value)
    assert refused.value.code == "frozen"
    assert "“peak” freezes test until 20" in said
    assert "the week that counts (set by olga)" in said
    assert "as an emergency" in said
    assert not Deployment.objects.exists()
    assert Event.objects.get(refused=True).code == "frozen"


def test_nothing_goes_forward(fleet):
    FreezeFactory()
    for operation, step in ((machine.advance, 0), (machine.promote, 2)):
        row = DeploymentFactory(step=step, service=operation.event)
        for force in (False, True):
            with pytest.raises(Refused, match="until somebody ends it"):
                operation(row.pk, actor=ADA, reason="now", force=force)


def test_pausing_resuming_going_back_recording_and_cancelling_are_free(fleet):
    FreezeFactory()
    deployment = DeploymentFactory()
    machine.pause(deployment.pk, actor=ADA)
    machine.resume(deployment.pk, actor=ADA)
    assert machine.roll_back(deployment.pk, actor=ADA, reason="no").state == "rolling_back"
    machine.cancel(start(hold=True, force=True).pk, actor=ADA)


def test_no_process_is_replaced_but_in_an_emergency(ada, bob):
    alive(*["1.0"] * 4)
    plan = Plan.default("rolling").to_json()
    row = DeploymentFactory(shifting=True, strategy="rolling", plan=plan)
    assert batches.ask(row).answer is Answer.OPEN

    FreezeFactory(name="peak")
    batch = batches.ask(row)
    assert (batch.answer, batch.most, batch.is_over) == (Answer.CLOSED, 0, False)
    assert "“peak” freezes test" in str(batch.finding)

    emergencies.request(row.pk, ada, reason="down")
    emergencies.approve(row.pk, bob)
    row.refresh_from_db()
    assert batches.ask(row).answer is Answer.OPEN


def test_a_region_that_went_back_gets_no_users_again(fleet):
    plan = Plan.default("regional").to_json()
    back = {"us-east": {"back": True}}
    row = DeploymentFactory(paused=True, strategy="regional", plan=plan, step=1, regions=back)
    freeze = FreezeFactory()

    with pytest.raises(Refused, match="until somebody ends it"):
        machine.resume(row.pk, actor=ADA)
    freeze.delete()
    assert machine.resume(row.pk, actor=ADA).state == "shifting"


def test_a_deployment_may_be_completed(fleet):
    FreezeFactory()
    baking = DeploymentFactory(baking=True)
    assert machine.complete(baking.pk, actor=ADA, reason="old ones are gone").state == "completed"


def test_those_of_another_place_or_time_stop_nothing(fleet):
    for elsewhere in (
        {"environment": "staging"}, {"service": "billing"}, {"over": True}, {"ended": True},
        {"begins_at": timezone.now() + timedelta(days=1)},
    ):  # fmt: skip
        FreezeFactory(**elsewhere)

    assert start().state == "shifting"


def test_one_of_the_service_stops_it():
    FreezeFactory(service="shop")

    assert "freezes test (shop)" in str(gate.is_not_frozen(DeploymentFactory.build()))


def test_one_that_cannot_be_read_never_opens(fleet):
    """As a row that was written past the checks, or on a machine that lacks the zone."""
    for broken in (
        {"weekly": "whenever"}, {"time_zone": "Europe/Atlantis"}, {"weekly": "daily 9-5"},
    ):  # fmt: skip
        row = FreezeFactory(name="odd", **broken)
        assert gate.is_not_frozen(DeploymentFactory.build()).answer is Answer.UNKNOWN
        if "time_zone" not in broken:
            row.delete()

    with pytest.raises(Refused, match="Nobody can say whether “odd” freezes this"):
        start()


def test_of_several_the_longest_that_holds_is_told():
    FreezeFactory(name="open end")
    FreezeFactory(name="an hour", ends_at=timezone.now() + timedelta(hours=1))
    FreezeFactory(name="odd", weekly="whenever")

    found = gate.is_not_frozen(DeploymentFactory.build())
    assert "“open end” freezes test until somebody ends it" in str(found)


def test_an_open_gate_stays_open_without_freezes(fleet):
    verdict = gates.ask("deployment.start", DeploymentFactory(pending=True))

    assert verdict.is_open
    assert "freeze" in {finding.condition for finding in verdict.findings}
