"""Every action of an operator leaves an entry: who, what, when, before and after, and why."""

import hashlib

import pytest

from tests.deploy.factories import DeploymentFactory, SchemaChangeFactory
from tests.people import UserFactory
from zdt_audit.models import Entry
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.artifacts import Shipped
from zdt_deploy.deployments.models import Plan
from zdt_deploy.freezes import emergencies
from zdt_deploy.freezes.people import Who
from zdt_deploy.schema import contracting
from zdt_flags import changes

pytestmark = pytest.mark.django_db
ANN = Actor("user", "ann")
WHO = {"actor": ANN, "reason": "Tuesday's plan"}

FLAG_ACTIONS = {
    "flag.created": lambda: changes.create("b", **WHO),
    "flag.enabled": lambda: changes.enable("off", **WHO),
    "flag.disabled": lambda: changes.disable("a", **WHO),
    "flag.percentage_set": lambda: changes.set_percentage("a", 5, **WHO),
    "flag.targets_set": lambda: changes.change("a", allow=["1"], **WHO),
    "flag.edited": lambda: changes.change("a", owner="checkout team", **WHO),
    "flag.deleted": lambda: changes.delete("a", **WHO),
}


@pytest.fixture
def flags():
    changes.create("a", actor=ANN, enabled=True)
    changes.create("off", actor=ANN)


def test_the_list_of_flag_actions_is_complete():
    assert set(FLAG_ACTIONS) == {*changes.EVENTS, changes.CREATED, changes.DELETED}


@pytest.mark.parametrize("kind", FLAG_ACTIONS)
def test_each_action_on_a_flag_leaves_an_entry(flags, kind):
    FLAG_ACTIONS[kind]()

    entry = Entry.objects.latest("id")
    assert (entry.kind, entry.actor, entry.refused) == (kind, "user:ann", False)
    assert entry.stream.startswith("flag:")
    facts = entry.content["facts"]
    assert facts["reason"] == "Tuesday's plan"
    assert facts["before"] != facts["after"]


@pytest.mark.parametrize("kind", FLAG_ACTIONS)
def test_each_refused_attempt_leaves_an_entry(kind):
    refusal = Refused("flag_permission", permission="zdt_flags.change_flag")

    with pytest.raises(Refused), changes.refusals_noted(kind, "a", **WHO):
        raise refusal

    entry = Entry.objects.get()
    assert (entry.kind, entry.refused) == (kind, True)
    assert entry.content["facts"]["code"] == "flag_permission"


def test_a_deployment_leaves_version_environment_person_and_artifacts():
    names = ("api_server", "worker", "migrations")
    artifacts = [Shipped(name, hashlib.sha256(name.encode()).hexdigest()) for name in names]

    deployment = machine.start(
        version="v2.4.0", environment="production", service="shop", previous_version="v2.3.0",
        artifacts=artifacts, hold=True, **WHO,
    )  # fmt: skip

    entry = Entry.objects.get()
    content, facts = entry.content, entry.content["facts"]
    assert (entry.kind, entry.stream) == ("deployment.created", f"deployment:{deployment.pk}")
    assert (content["environment"], content["service"]) == ("production", "shop")
    assert content["actor"] == {"kind": "user", "name": "ann"}
    assert content["at"].endswith("Z")
    assert facts["after"]["version"] == "v2.4.0"
    assert facts["after"]["artifacts"] == {item.name: item.sha256 for item in artifacts}


def test_how_a_deployment_ended_is_told_with_its_state():
    deployment = machine.start(
        version="v2.4.0", environment="production", service="shop", previous_version="v2.3.0",
        hold=True, **WHO,
    )  # fmt: skip

    machine.cancel(deployment.pk, **WHO)

    entry = Entry.objects.latest("id")
    assert entry.kind == "deployment.cancelled"
    assert entry.content["facts"]["before"]["state"] == "pending"
    assert entry.content["facts"]["after"]["state"] == "cancelled"


PLAN = "/admin/zdt_deploy/plan/"


def test_a_plan_leaves_what_it_was_and_is_however_it_is_written(client):
    can = [f"{verb}_plan" for verb in ("add", "view", "change", "delete")]
    client.force_login(UserFactory(username="ann", staff=True, can=can))
    lax = {"name": "canary", "fields": '{"max_error_delta": 1}'}
    at = {name: f"{PLAN}{{}}/{name}/" for name in ("change", "delete")}

    client.post(f"{PLAN}add/", lax)
    first = Plan.objects.get()
    client.post(at["change"].format(first.pk), lax)
    client.post(at["change"].format(first.pk), {**lax, "name": "lax"})
    client.post(at["delete"].format(first.pk), {"post": "yes"})
    client.post(f"{PLAN}add/", lax)
    second = Plan.objects.get()
    doing = {"action": "delete_selected", "_selected_action": second.pk, "post": "yes"}
    client.post(PLAN, doing)

    is_, was = ({"name": name, "fields": {"max_error_delta": 1}} for name in ("canary", "lax"))
    told = [
        (entry.kind.partition(".")[2], entry.stream, facts["before"], facts["after"])
        for entry in Entry.objects.order_by("id")
        if entry.actor == "user:ann" and (facts := entry.content["facts"])
    ]
    assert not Plan.objects.exists()
    assert told == [
        ("created", f"plan:{first.pk}", None, is_),
        ("changed", f"plan:{first.pk}", is_, was),
        ("deleted", f"plan:{first.pk}", was, None),
        ("created", f"plan:{second.pk}", None, is_),
        ("deleted", f"plan:{second.pk}", is_, None),
    ]


def test_an_emergency_leaves_both_people_and_an_attempt_to_be_both():
    deployment = DeploymentFactory(pending=True)
    ann, bob = Who(ANN, "ann"), Who(Actor("user", "bob"), "bob")

    emergencies.request(deployment.pk, ann, reason="checkout fails")
    with pytest.raises(Refused):
        emergencies.approve(deployment.pk, ann)
    emergencies.approve(deployment.pk, bob, reason="seen it")

    entries = Entry.objects.order_by("id")
    assert [(entry.kind.partition("_")[2], entry.actor, entry.refused) for entry in entries] == [
        ("requested", "user:ann", False),
        ("approved", "user:ann", True),
        ("approved", "user:bob", False),
    ]
    assert {entry.stream for entry in entries} == {f"deployment:{deployment.pk}"}
    assert entries[0].content["facts"]["reason"] == "checkout fails"


def test_a_contract_against_its_gate_leaves_who_why_and_what_was_overridden(monkeypatch):
    monkeypatch.setattr(contracting, "_kinds", {})
    contracting.register("test_drop", lambda editor, spec: None)
    change = SchemaChangeFactory(owed=True)

    contracting.contract(change, force=True, **WHO)

    kinds = list(Entry.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["schema.forced", "schema.contracted"]
    entry = Entry.objects.order_by("id").first()
    assert (entry.actor, entry.stream) == ("user:ann", f"schema:{change.key}")
    facts = entry.content["facts"]
    assert facts["reason"] == "Tuesday's plan"
    assert [each["condition"] for each in facts["params"]["overridden"]] == ["processes"]


def test_a_contract_that_a_person_was_refused_is_told_as_refused():
    change = SchemaChangeFactory()

    with pytest.raises(Refused):
        contracting.contract(change, **WHO)

    entry = Entry.objects.get()
    assert (entry.kind, entry.refused) == ("schema.contracted", True)
    assert entry.content["facts"]["code"] == "schema_not_owed"
