"""Open changes are looked after: what was done by hand is found, told, and spoils the proof."""

from datetime import timedelta

import pytest
from django.db import connection

from tests.deploy.schema import trial
from tests.deploy.schema.trial import (
    ADA,
    KEY,
    TABLE,
    born_verified,
    expand,
    fresh,
    pair,
    run,
    settle,
    told,
)
from zdt_core import database
from zdt_core.exceptions import Refused
from zdt_core.notify.models import Notification
from zdt_deploy.schema import (
    certificates,
    changes,
    contracting,
    intents,
    looks,
    standing,
    watching,
)
from zdt_deploy.schema.models import Certificate, SchemaChange
from zdt_deploy.schema.pairs import Column, Pair

pytestmark = pytest.mark.django_db
TRIGGER = pair().trigger


@pytest.fixture
def change():
    return born_verified("a", "b")


@pytest.fixture
def switched(change):
    return changes.switched(connection, KEY)


def states(change):
    return list(change.certificates.order_by("id").values_list("state", flat=True))


def test_nothing_is_told_of_what_is_well(change):
    before, revision = told(), fresh(change).revision

    assert watching.look(change.pk) == ""

    assert told() == before
    assert fresh(change).revision == revision


@pytest.mark.parametrize(
    ("by_hand", "code"),
    [
        (f"DROP TRIGGER {TRIGGER} ON {TABLE}", "schema_trigger_missing"),
        (f"ALTER TABLE {TABLE} DISABLE TRIGGER {TRIGGER}", "schema_trigger_disabled"),
        (
            f"DROP TRIGGER {TRIGGER} ON {TABLE}; ALTER TABLE {TABLE} DROP COLUMN new",
            "schema_column_missing",
        ),
        (f"ALTER TABLE {TABLE} DROP COLUMN old CASCADE", "schema_column_missing"),
        (f"DROP TABLE {TABLE}", "schema_table_missing"),
    ],
)
def test_what_was_done_by_hand_is_a_problem_and_spoils_the_proof(change, by_hand, code):
    run(by_hand)

    assert watching.look(change.pk) == code
    assert watching.look(change.pk) == code

    change = fresh(change)
    assert (change.phase, change.problem) == ("backfilling", code)
    assert states(change) == ["expired"]
    assert told()[-3:] == ["schema.certificate_expired", "schema.doubted", "schema.problem_found"]


def test_a_default_on_the_new_column_wins_over_old_code_so_that_it_may_not_be_switched(change):
    run(f"ALTER TABLE {TABLE} ALTER COLUMN new SET DEFAULT 'x'")

    with pytest.raises(Refused, match="has the default 'x'") as refusal:
        changes.require_switch(connection, KEY)
    assert refusal.value.code == "new_column_default"
    assert watching.look(change.pk) == "new_column_default"
    assert fresh(change).phase == "backfilling"

    run(f"ALTER TABLE {TABLE} ALTER COLUMN new DROP DEFAULT")
    watching.look(change.pk)
    assert settle(change).phase == "verified"
    changes.require_switch(connection, KEY)


def test_after_the_switch_the_phase_stays_and_the_contract_waits(switched):
    run(f"DROP TRIGGER {TRIGGER} ON {TABLE}")

    watching.look(switched.pk)

    switched = fresh(switched)
    assert (switched.phase, switched.problem) == ("switched", "schema_trigger_missing")
    assert certificates.valid(switched) is None


def test_a_trigger_that_is_back_is_no_problem_but_everything_is_compared_again(switched):
    run(f"ALTER TABLE {TABLE} DISABLE TRIGGER {TRIGGER}")
    watching.look(switched.pk)
    run(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TRIGGER}")

    watching.look(switched.pk)

    assert fresh(switched).problem == ""
    assert "schema.problem_solved" in told()
    assert states(switched) == ["expired", "running"]
    settle(switched)
    assert certificates.valid(fresh(switched)) is not None


def test_rows_that_were_written_past_the_trigger_meanwhile_are_found(change):
    run(f"ALTER TABLE {TABLE} DISABLE TRIGGER {TRIGGER}")
    watching.look(change.pk)
    run(f"UPDATE {TABLE} SET old = 'drifted' WHERE id = 1")
    run(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TRIGGER}")
    watching.look(change.pk)

    assert settle(change).problem == "schema_rows_differ"


def test_a_trigger_that_was_touched_and_is_well_is_compared_again(change):
    Certificate.objects.update(trigger="before it was touched")

    watching.look(change.pk)

    assert states(change) == ["expired", "running"]
    assert fresh(change).problem == ""
    assert settle(change).phase == "verified"


def test_a_partition_that_is_attached_brings_rows_that_nobody_has_compared():
    run(
        f"""CREATE TABLE {TABLE} (id int PRIMARY KEY, old text) PARTITION BY RANGE (id);
        CREATE TABLE {TABLE}_low PARTITION OF {TABLE} FOR VALUES FROM (0) TO (10);
        CREATE TABLE {TABLE}_high (id int PRIMARY KEY, old text, new text);
        INSERT INTO {TABLE} VALUES (1, 'a'); INSERT INTO {TABLE}_high VALUES (11, 'b', NULL)"""
    )
    change = settle(expand())
    assert change.phase == "verified"

    run(f"ALTER TABLE {TABLE} ATTACH PARTITION {TABLE}_high FOR VALUES FROM (10) TO (20)")
    watching.look(change.pk)

    assert (fresh(change).phase, states(change)) == ("backfilling", ["expired", "running"])
    assert settle(change).problem == "schema_rows_differ"


def test_what_begins_to_go_or_is_gone_is_not_looked_at(switched):
    run(f"DROP TRIGGER {TRIGGER} ON {TABLE}")
    SchemaChange.objects.filter(pk=switched.pk).update(contracting_at=database.Now())
    assert watching.look(switched.pk) == ""

    long_ago = database.Now() - timedelta(hours=1)
    SchemaChange.objects.filter(pk=switched.pk).update(contracting_at=long_ago)
    run(f"ALTER TABLE {TABLE} DROP COLUMN old")
    assert watching.look(switched.pk) == ""  # it got so far, and died

    SchemaChange.objects.filter(pk=switched.pk).update(contracting_at=None, phase="contracted")
    assert watching.look(switched.pk) == ""
    assert watching.look(switched.pk + 1) == ""


def test_a_contract_that_died_at_its_start_hides_nothing(switched):
    """Otherwise a trigger dropped by hand would count as its work, and the old column would go."""
    run(f"DROP TRIGGER {TRIGGER} ON {TABLE}")
    long_ago = database.Now() - timedelta(hours=1)
    SchemaChange.objects.filter(pk=switched.pk).update(contracting_at=long_ago, owed_at=long_ago)

    assert watching.look(switched.pk) == "schema_trigger_missing"
    assert not intents.has_taken(fresh(switched))
    with pytest.raises(Refused):
        contracting.contract(fresh(switched), actor=ADA)


def test_while_rows_are_filled_nothing_is_compared():
    trial.make_table("a")
    change = expand()

    assert watching.look(change.pk) == ""
    assert states(change) == []


def test_a_way_back_that_was_given_up_is_told_once_and_is_no_problem():
    trial.make_table(kind="integer")
    change = expand(
        Pair(
            TABLE, (Column("old", "integer", True),), (Column("new", "bigint", True),),
            up={"new": "{old}"}, down={"old": "{new}"}, overflow="stop",
        ),
        born_empty=True,
    )  # fmt: skip
    watching.look(change.pk)
    assert fresh(change).stopped_at is None

    run(f"INSERT INTO {TABLE} (new) VALUES (2 ^ 40)")
    assert [watching.look(change.pk), watching.look(change.pk)] == ["", ""]

    change = fresh(change)
    assert change.stopped_at is not None
    assert told().count("schema.way_back_given_up") == 1
    assert (change.phase, change.problem) == ("verified", "")
    assert "A value did not fit into old of trial" in standing.describe(change)
    assert looks.of_change(change) == "warn"
    notice = Notification.objects.get(kind="schema.way_back_given_up")
    assert KEY in notice.text
    assert "A value did not fit into old of trial" in notice.why
