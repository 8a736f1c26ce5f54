"""What the overview, the doctor and notifications say of schema changes."""

import pytest
from django.core.management import call_command

from tests.deploy.factories import SchemaChangeFactory
from tests.people import UserFactory
from zdt_core import database
from zdt_core.events import Actor
from zdt_core.notify.models import Notification
from zdt_deploy.schema import doctor, moving
from zdt_deploy.schema.models import SchemaChange

pytestmark = pytest.mark.django_db
BROKEN = {
    "problem": "schema_trigger_missing",
    "problem_params": {"key": "k", "table": "users", "trigger": "t"},
}


def late():
    change = SchemaChangeFactory(owed=True)
    SchemaChange.objects.filter(pk=change.pk).update(owed_at=database.Now() - 2 * doctor.LONG)
    return change


def test_where_nothing_is_wrong_the_doctor_says_how_many_are_under_way():
    SchemaChangeFactory(owed=True)
    SchemaChangeFactory(contracted=True)

    (finding,) = doctor.changes(None)

    assert (finding.standing, finding.code) == ("ok", "")
    assert "under way: 1" in finding.text


def test_a_trigger_that_is_gone_is_wrong_and_a_contract_owed_for_long_a_warning():
    SchemaChangeFactory(**BROKEN)
    late()

    found = list(doctor.changes(None))

    assert [finding.code for finding in found] == ["schema_problem", "schema_owed_long"]
    assert "The trigger t on users is gone" in found[0].text


def test_the_overview_shows_what_is_under_way_and_what_needs_a_person(admin_client):
    broken, owed = SchemaChangeFactory(**BROKEN), late()

    page = admin_client.get("/admin/zdt_core/overview/").content.decode()

    assert f"The schema change {broken.key} needs a person: " in page
    assert f"The contract of {owed.key} has been owed for more than a week." in page
    assert f"/admin/zdt_deploy/schemachange/{owed.pk}/change/" in page


def test_the_overview_is_silent_for_who_may_not_look(client):
    client.force_login(UserFactory(staff=True, can=["view_overview"]))
    broken = SchemaChangeFactory(**BROKEN)

    assert broken.key not in client.get("/admin/zdt_core/overview/").content.decode()


def test_people_hear_of_a_problem_and_that_it_is_over():
    change = SchemaChangeFactory(phase="backfilling", switched_at=None)
    system = Actor.system("schema")
    with database.atomic():
        locked = moving.lock(change.pk)
        moving.find_problem(locked, BROKEN["problem"], actor=system, **BROKEN["problem_params"])
        moving.solve_problem(locked, actor=system)

    told = Notification.objects.filter(kind="schema.problem").order_by("pk")

    assert [(row.action, row.severity) for row in told] == [
        ("opened", "warning"), ("resolved", "warning"),
    ]  # fmt: skip
    assert change.key in told[0].text
    assert "The trigger t on users is gone" in told[0].why


def test_status_names_what_a_contract_waits_for(capsys):
    change = SchemaChangeFactory(owed=True)

    call_command("zdt_schema", "status", change.key)

    said = capsys.readouterr().out
    assert "What its contract asks for:" in said
    assert "??  processes  No web process of a release that reads the new shape is live" in said
