"""Ticks and waivers: who, when, why, what is refused, and what stays on record."""

import pytest

from tests.deploy.factories import DeploymentFactory
from tests.deploy.preflight.conftest import ADA, line
from zdt_audit.models import Entry
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_deploy.preflight import marking, results
from zdt_deploy.preflight.models import PreflightMark
from zdt_deploy.preflight.results import Result

pytestmark = pytest.mark.django_db
BOB = Actor("user", "bob")


@pytest.fixture(autouse=True)
def _lists(items):
    items("looks", by_hand=True)
    items("sees", results.failed("broken"))
    items("later", by_hand=True, phase="after")
    items("early", by_hand=True, phase="during", since="before")


def refused(act, deployment, item, **facts):
    before = list(PreflightMark.objects.values())
    with pytest.raises(Refused) as refusal:
        act(deployment.pk, item, actor=BOB, **facts)
    assert list(PreflightMark.objects.values()) == before
    event = Event.objects.filter(refused=True).latest("id")
    assert (event.actor_name, event.code, event.subject_id) == (
        "bob", refusal.value.code, str(deployment.pk),
    )  # fmt: skip
    return refusal.value


def test_a_tick_has_a_name_a_time_and_a_note(pending):
    mark = marking.tick(pending.pk, "looks", actor=ADA, reason=" both releases ")

    assert (mark.by, mark.kind, mark.reason) == ("user:ada", "tick", "both releases")
    assert mark.at is not None
    assert line(pending, "looks").result is Result.PASSED


def test_every_act_is_an_event_of_the_deployment(pending):
    marking.tick(pending.pk, "looks", actor=ADA)
    marking.withdraw(pending.pk, "looks", actor=BOB, reason="did not look")
    marking.waive(pending.pk, "looks", actor=ADA, reason="no time")

    events = list(Event.objects.filter(subject_id=pending.pk).order_by("id"))
    assert [(event.kind, event.actor_name, event.reason) for event in events] == [
        ("deployment.item_ticked", "ada", ""),
        ("deployment.item_withdrawn", "bob", "did not look"),
        ("deployment.item_waived", "ada", "no time"),
    ]
    assert {(event.service, event.environment) for event in events} == {("shop", "test")}
    assert events[2].after == {
        "item": "looks", "kind": "waiver", "by": "user:ada", "reason": "no time",
    }  # fmt: skip
    assert events[1].before["kind"] == "tick"
    assert "looks" in events[0].sentence


def test_every_act_is_in_the_audit_trail(pending):
    marking.waive(pending.pk, "sees", actor=ADA, reason="known")

    entry = Entry.objects.latest("id")
    assert (entry.kind, entry.actor, entry.stream) == (
        "deployment.item_waived", "user:ada", f"deployment:{pending.pk}",
    )  # fmt: skip
    assert entry.content["facts"]["reason"] == "known"


def test_what_zdt_sees_itself_cannot_be_ticked_only_waived(pending):
    assert refused(marking.tick, pending, "sees").code == "preflight_not_by_hand"

    marking.waive(pending.pk, "sees", actor=ADA, reason="known")
    assert line(pending, "sees").result is Result.WAIVED


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_waiver_needs_a_reason(pending, reason):
    assert refused(marking.waive, pending, "looks", reason=reason).code == (
        "preflight_reason_missing"
    )


def test_a_second_tick_is_refused_and_names_the_first(pending):
    marking.tick(pending.pk, "looks", actor=ADA)

    refusal = refused(marking.tick, pending, "looks")
    assert (refusal.code, refusal.params["by"]) == ("preflight_marked", "ada")
    assert refused(marking.waive, pending, "looks", reason="x").code == "preflight_marked"


def test_what_was_taken_back_stays_on_record_and_may_be_ticked_again(pending):
    marking.tick(pending.pk, "looks", actor=ADA)
    marking.withdraw(pending.pk, "looks", actor=BOB)
    assert line(pending, "looks").result is Result.UNKNOWN

    marking.tick(pending.pk, "looks", actor=BOB)
    rows = PreflightMark.objects.order_by("id").values_list("by", "withdrawn_by")
    assert list(rows) == [("user:ada", "user:bob"), ("user:bob", "")]


def test_there_has_to_be_something_to_take_back(pending):
    assert refused(marking.withdraw, pending, "looks").code == "preflight_no_mark"


def test_an_item_that_there_is_not_is_refused_with_those_that_there_are(pending):
    refusal = refused(marking.tick, pending, "lokks")

    assert refusal.code == "preflight_item_unknown"
    assert "looks" in str(refusal)


def test_a_deployment_that_there_is_not_is_refused():
    with pytest.raises(Refused, match="no deployment"):
        marking.tick("deploy-x", "looks", actor=ADA)


def test_the_list_before_is_closed_by_the_start():
    deployment = DeploymentFactory()

    for act in (marking.tick, marking.waive, marking.withdraw):
        assert refused(act, deployment, "looks", reason="x").code == "preflight_too_late"
    marking.tick(deployment.pk, "early", actor=ADA)


def test_nothing_is_said_of_what_is_to_come(pending):
    assert refused(marking.tick, pending, "later").code == "preflight_too_early"
    marking.tick(pending.pk, "early", actor=ADA)

    marking.tick(DeploymentFactory(completed=True).pk, "later", actor=ADA)


def test_a_deployment_that_was_dropped_takes_no_mark():
    assert refused(marking.tick, DeploymentFactory(cancelled=True), "early").code == (
        "preflight_too_late"
    )
