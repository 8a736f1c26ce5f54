"""Emergencies: two people, what they let pass, and the review afterwards."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.deploy.factories import DeploymentFactory, EmergencyFactory, FreezeFactory, alive
from zdt_core import database
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes import emergencies, shape
from zdt_deploy.freezes.models import Emergency
from zdt_deploy.freezes.people import Who

pytestmark = pytest.mark.django_db
WHY = "checkout fails for everybody"


@pytest.fixture
def frozen():
    alive("1.0", "2.0")
    FreezeFactory(name="peak")


@pytest.fixture
def asked():
    """Ada has asked."""
    return EmergencyFactory(deployment=DeploymentFactory(pending=True), reason=WHY).deployment


def kinds(refused=False):
    rows = Event.objects.filter(refused=refused, kind__contains="emergency").order_by("pk")
    return [row.kind.removeprefix("deployment.emergency_") for row in rows]


def test_it_is_recorded_and_waits_for_another_person(frozen, ada):
    at = {"environment": "test", "service": "shop", "previous_version": "1.0"}
    asked = emergencies.start(ada, reason=WHY, version="2.0", **at)
    row = emergencies.of(asked)

    assert asked.state == "pending"
    assert (row.requester, row.requested_by, row.reason) == ("ada", "user:ada", WHY)
    assert "ada asks that 2.0 goes as an emergency" in shape.describe(row)
    assert Event.objects.get(kind=emergencies.REQUESTED).reason == WHY
    with pytest.raises(Refused, match="“peak” freezes"):
        machine.begin(asked.pk, actor=Actor("user", "ada"))


def test_once_approved_it_passes_the_freeze_and_the_record_says_so(frozen, asked, bob):
    emergencies.approve(asked.pk, bob, reason="seen it")

    assert machine.begin(asked.pk, actor=Actor("user", "ada")).state == "shifting"
    passed = Event.objects.get(kind="deployment.started").params["overridden"]
    assert [(each["condition"], each["params"]["name"]) for each in passed] == [("freeze", "peak")]
    assert kinds() == ["approved"]
    event = Event.objects.get(kind=emergencies.APPROVED)
    assert (event.actor_name, event.params["person"]) == ("bob", "bob")
    assert event.after["until"]


def test_it_passes_what_is_unknown_of_a_freeze_and_nothing_else(frozen, asked, bob):
    FreezeFactory(name="odd", weekly="whenever")
    emergencies.approve(asked.pk, bob)
    Deployment.objects.filter(pk=asked.pk).update(version="3.0")  # of which no process is alive

    with pytest.raises(Refused, match=r"No web process of 3\.0"):
        machine.begin(asked.pk, actor=Actor("user", "ada"))


def test_one_person_is_one_whatever_account_they_use(asked):
    accounts = (("user", "ada", "ada"), ("shell", "ada", "Ada"), ("token", "pager", "ADA"))
    for kind, name, person in accounts:
        with pytest.raises(Refused, match="ada asked for this emergency, so another person"):
            emergencies.approve(asked.pk, Who(Actor(kind, name), person))

    assert Deployment.objects.get().emergency_until is None
    assert kinds(refused=True) == ["approved"] * 3


def test_the_database_itself_refuses_one_person_and_half_an_answer():
    row = EmergencyFactory(requester="ada")

    for facts in (
        {"approver": "Ada", "approved_at": database.Now(), "review_due_at": database.Now()},
        {"approver": "bob", "approved_at": None},
        {"approver": "bob", "approved_at": database.Now()},
        {"requester": ""},
        {"reviewed_at": database.Now(), "reviewer": "bob", "review": "fine"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Emergency.objects.filter(pk=row.pk).update(**facts)


def test_the_database_itself_refuses_a_review_by_who_asked():
    row = EmergencyFactory(approved=True, requester="ada")

    with pytest.raises(IntegrityError), transaction.atomic():
        Emergency.objects.filter(pk=row.pk).update(
            reviewer="ADA", review="fine", reviewed_at=database.Now()
        )


def test_its_time_ends(frozen, asked, bob, settings):
    settings.ZDT_EMERGENCY_HOURS = 2.0
    emergencies.approve(asked.pk, bob)
    until = Deployment.objects.get().emergency_until
    assert timedelta(hours=1.9) < until - asked.created_at < timedelta(hours=2.1)

    Deployment.objects.update(emergency_until=database.Now())
    with pytest.raises(Refused, match="“peak” freezes"):
        machine.begin(asked.pk, actor=Actor("user", "ada"))


def test_once_its_time_is_over_another_person_may_approve_it_again(frozen, asked, ada, bob):
    emergencies.approve(asked.pk, bob)
    due = emergencies.of(asked).review_due_at
    Deployment.objects.update(emergency_until=database.Now())
    asked.refresh_from_db()
    assert "Approve it again, or let it be." in shape.describe(emergencies.of(asked))
    with pytest.raises(Refused, match="ada asked for this emergency"):
        emergencies.approve(asked.pk, ada)

    row = emergencies.approve(asked.pk, bob, reason="another night")

    assert (row.review_due_at, row.revision) == (due, 3)
    assert machine.begin(asked.pk, actor=ada.actor).state == "shifting"
    assert kinds() == ["approved", "approved"]


def test_a_declined_one_may_be_asked_for_again(asked, ada, bob):
    with pytest.raises(Refused, match="Say why not"):
        emergencies.decline(asked.pk, bob.actor, reason="")
    emergencies.decline(asked.pk, bob.actor, reason="it can wait")
    with pytest.raises(Refused, match="Nobody has asked"):
        emergencies.approve(asked.pk, bob)

    emergencies.request(asked.pk, ada, reason="it cannot")
    assert kinds() == ["declined", "requested"]


def test_who_asked_may_take_it_back(asked, ada):
    assert shape.standing(emergencies.decline(asked.pk, ada.actor, reason="found it")) == "declined"


def test_it_takes_a_reason(ada):
    at = {"environment": "test", "service": "shop", "previous_version": "1.0"}
    for reason in ("", "  ", "x" * 2001):
        with pytest.raises(Refused) as refused:
            emergencies.start(ada, reason=reason, version="2.0", **at)
        assert refused.value.code == "emergency_reason_missing"
    assert not Deployment.objects.exists()


def test_it_is_asked_for_and_approved_once(asked, ada, bob):
    with pytest.raises(Refused, match="ada has asked for an emergency"):
        emergencies.request(asked.pk, bob, reason=WHY)
    emergencies.approve(asked.pk, bob)
    for answer in (emergencies.approve, _decline):
        with pytest.raises(Refused, match="bob has approved"):
            answer(asked.pk, Who(Actor("user", "eve"), "eve"), reason="me too")


def _decline(deployment_id, who, reason):
    return emergencies.decline(deployment_id, who.actor, reason=reason)


def test_there_must_be_something_left_to_hurry(ada, bob):
    row, late = DeploymentFactory(), EmergencyFactory(deployment=DeploymentFactory(service="b"))
    for state in ("baking", "rolling_back", "stuck", "completed", "rolled_back", "cancelled"):
        Deployment.objects.update(state=state)
        with pytest.raises(Refused, match="nothing left"):
            emergencies.request(row.pk, ada, reason=WHY)
        with pytest.raises(Refused, match="nothing left"):
            emergencies.approve(late.deployment_id, bob)


def test_of_two_who_answer_the_second_looks_again(asked, bob):
    with pytest.raises(Refused, match="Look again"):
        emergencies.approve(asked.pk, bob, expected_revision=7)


# ---- the review ----


@pytest.fixture
def over():
    """An approved emergency whose deployment has reached everyone."""
    return EmergencyFactory(approved=True, deployment=DeploymentFactory(baking=True))


def test_it_is_reviewed_by_another_person(over, ada, bob):
    with pytest.raises(Refused, match="another person has to review it"):
        emergencies.review(over.deployment_id, ada, reason="all fine")
    with pytest.raises(Refused, match="Say what you found"):
        emergencies.review(over.deployment_id, bob, reason="")

    row = emergencies.review(over.deployment_id, bob, reason="a test was missing")

    assert "was reviewed by bob: a test was missing" in shape.describe(row)
    assert Event.objects.get(kind=emergencies.REVIEWED, refused=False).after == {"late": False}
    with pytest.raises(Refused, match="bob has reviewed"):
        emergencies.review(over.deployment_id, bob, reason="again")


def test_it_is_reviewed_when_it_is_over(ada, bob):
    running = EmergencyFactory(approved=True)
    with pytest.raises(Refused, match="is observing still"):
        emergencies.review(running.deployment_id, bob, reason="fine")

    waiting = EmergencyFactory(deployment=DeploymentFactory(service="b", rolled_back=True))
    with pytest.raises(Refused, match="so none took place"):
        emergencies.review(waiting.deployment_id, bob, reason="fine")


def test_machines_see_all_of_it(over):
    found = shape.emergency(over.deployment)

    assert (found["standing"], found["requester"], found["approver"]) == ("approved", "ada", "bob")
    assert found["review_due_at"] == over.review_due_at
    assert shape.emergency(DeploymentFactory(service="b")) is None
