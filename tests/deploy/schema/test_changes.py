"""The record: begun by the expand, moved by migrations, found again after a crash."""

import pytest
from django.db import connection

from tests.deploy.factories import SchemaChangeFactory
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
    work,
)
from zdt_core.events import Event
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import catalogue, changes, filling, shapes
from zdt_deploy.schema.models import SchemaChange

pytestmark = pytest.mark.django_db


@pytest.fixture
def table():
    trial.make_table("a", None, "c")


@pytest.fixture
def empty():
    trial.make_table()


def refused(code, call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code
    return str(caught.value)


# ---- keys ----


def test_a_key_names_app_model_and_what_changes():
    assert changes.key_of("shop", "User", "a>b") == "shop.user.a>b"


def test_a_long_key_fits_and_stays_its_own():
    first, second = (changes.key_of("shop", "User", "x" * 300 + end) for end in "ab")

    assert first != second
    assert len(first) == changes.LONGEST_KEY


# ---- expand ----


def test_rows_are_filled_compared_and_verified_by_themselves(table):
    change = expand()
    assert (change.phase, change.backfill.name, change.backfill.state) == (
        "backfilling", f"schema:{KEY}", "planning",
    )  # fmt: skip

    change = settle(change)

    assert (change.phase, change.problem) == ("verified", "")
    assert run(f"SELECT count(*) FROM {TABLE} WHERE old IS DISTINCT FROM new") == [(0,)]
    assert told() == [
        "schema.expanded", "schema.backfilling", "schema.verifying", "schema.verified",
    ]  # fmt: skip
    assert change.verified_at is not None


def test_expanding_again_goes_on_where_it_was(table):
    change = expand()
    first = change.backfill

    again = expand()

    assert (again.pk, again.backfill, again.revision) == (change.pk, first, change.revision)
    assert told().count("schema.expanded") == 1


def test_expanding_again_fills_again_what_was_cancelled(table):
    change = expand()
    backfills.cancel(change.backfill, actor=ADA)

    again = expand()

    assert again.backfill.pk != change.backfill.pk
    assert settle(again).phase == "verified"


def test_expanding_again_leaves_what_is_verified():
    born_verified("a")

    assert expand().phase == "verified"


@pytest.mark.parametrize("step", ["create", "start", "record"])
def test_killed_at_any_step_it_is_begun_anew(table, monkeypatch, step):
    """What is not committed is not there, and the next run of the migration does it."""
    at = {
        "create": (changes, "_fill"),
        "start": (backfills, "start"),
        "record": (filling.moving, "record"),
    }[step]

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(*at, die)
        with pytest.raises(KeyboardInterrupt):
            expand()
    assert not SchemaChange.objects.exists()
    assert not Backfill.objects.exists()

    assert settle(expand()).phase == "verified"


def test_a_table_without_rows_is_verified_at_once(empty):
    change = expand(born_empty=True)

    assert (change.phase, change.born_empty, change.backfill) == ("verified", True, None)
    assert change.certificates.get().rows == 0
    changes.require_switch(connection, KEY)


def test_a_change_without_two_columns_has_nothing_to_fill(table):
    change = changes.expand(
        connection, key=KEY, kind="rename_table", app_label="shop", model_name="trial",
        table=TABLE, spec={"new": "other"}, born_empty=False, actor=ADA,
    )  # fmt: skip

    assert (change.phase, change.backfill) == ("verified", None)
    changes.require_switch(connection, KEY)


def test_another_conversion_under_the_same_key_begins_anew(table):
    settle(expand())
    run(f"ALTER TABLE {TABLE} ALTER new DROP DEFAULT")

    change = expand(pair(up="upper({old})", down="lower({new})"))

    assert change.phase == "backfilling"
    assert set(change.certificates.values_list("state", flat=True)) == {"expired"}
    assert settle(change).phase == "verified"
    assert run(f"SELECT new FROM {TABLE} WHERE old = 'a'") == [("A",)]


def test_another_conversion_ends_what_is_filled_by_the_old_one(table):
    first = expand().backfill

    change = expand(pair(up="upper({old})", down="lower({new})"))

    first.refresh_from_db()
    assert first.state == "cancelled"
    assert "upper" in str(change.backfill.spec)
    assert settle(change).phase == "verified"


def test_a_table_without_rows_and_without_its_trigger_is_not_taken_for_verified(empty):
    run(f"ALTER TABLE {TABLE} ADD COLUMN new text")

    with pytest.raises(Refused, match="is gone"):
        changes.expand(
            connection, key=KEY, kind="rename", app_label="shop", model_name="Trial", table=TABLE,
            spec={"pair": pair().to_json()}, born_empty=True, actor=ADA,
        )  # fmt: skip
    assert not SchemaChange.objects.exists()


def test_what_is_switched_is_not_expanded_again():
    change = born_verified("a")
    changes.switched(connection, KEY)

    said = refused("schema_switched_already", expand)

    assert "Reverse its switch" in said
    assert fresh(change).phase == "switched"


def test_the_time_to_observe_is_that_of_the_settings_at_the_switch(settings):
    settings.ZDT_SCHEMA_OBSERVE_SECONDS = 60.0
    born_verified("a")

    settings.ZDT_SCHEMA_OBSERVE_SECONDS = 5.0
    assert changes.switched(connection, KEY).observe_seconds == 5.0

    settings.ZDT_SCHEMA_OBSERVE_SECONDS = 9.0
    assert changes.switched(connection, KEY).observe_seconds == 5.0


def test_a_database_without_zdt_says_which_dependency_is_missing(table, monkeypatch):
    monkeypatch.setattr(changes, "tables_exist", lambda: False)

    said = refused("schema_zdt_missing", expand)

    assert '("zdt_deploy", "0001_initial")' in said
    refused(
        "schema_zdt_missing", changes.require_room, connection, key=KEY, table=TABLE, columns=None
    )


# ---- two changes on one table ----


def test_two_changes_of_different_columns_go_on_side_by_side(table):
    SchemaChangeFactory(expanded=True, table=TABLE, spec={"columns": ["price"]})

    assert expand().phase == "backfilling"


@pytest.mark.parametrize("spec", [{"columns": ["new"]}, {"columns": ["old", "x"]}, {}])
def test_two_changes_of_the_same_columns_are_refused(table, spec):
    other = SchemaChangeFactory(expanded=True, table=TABLE, spec=spec)

    said = refused("columns_overlap", expand)

    assert other.key in said
    assert not SchemaChange.objects.filter(key=KEY).exists()


def test_the_same_table_by_another_name_is_the_same_table(table):
    SchemaChangeFactory(expanded=True, table=f"public.{TABLE}", spec={"columns": ["new"]})

    refused(
        "columns_overlap", changes.require_room, connection, key=KEY, table=TABLE, columns=["new"]
    )


def test_what_is_contracted_or_elsewhere_is_in_nobodys_way(table):
    SchemaChangeFactory(contracted=True, table=TABLE, spec={})
    SchemaChangeFactory(expanded=True, table="another", spec={})
    SchemaChangeFactory(expanded=True, table=TABLE, alias="archive", spec={})

    assert expand().phase == "backfilling"


# ---- switch ----


def test_code_may_not_switch_while_rows_are_filled(table):
    expand()

    said = refused("schema_not_verified", changes.require_switch, connection, KEY)

    assert "still being filled" in said


def test_code_may_not_switch_while_rows_are_compared(table):
    change = expand()
    work(change.backfill)
    trial.following.follow(change.pk)

    said = refused("schema_not_verified", changes.require_switch, connection, KEY)

    assert "still being compared" in said


def test_code_may_switch_when_every_row_is_equal(table, settings):
    settings.ZDT_SERVICE, settings.ZDT_VERSION = "shop", "2.0"
    settle(expand())

    changes.require_switch(connection, KEY)
    change = changes.switched(connection, KEY, actor=ADA)

    assert change.phase == "switched"
    assert change.switched_at is not None
    assert shapes.known_by(change) == {("shop", "2.0")}
    changes.require_switch(connection, KEY)  # the migration may be run again
    assert changes.switched(connection, KEY).revision == change.revision


def test_code_may_not_switch_once_the_trigger_is_disabled():
    born_verified("a")
    run(f"ALTER TABLE {TABLE} DISABLE TRIGGER {pair().trigger}")

    said = refused("schema_not_verified", changes.require_switch, connection, KEY)

    assert "disabled" in said
    assert "--repair" in said


def test_without_a_record_only_an_empty_table_may_switch(table):
    refused("schema_no_record", changes.require_switch, connection, KEY, table=TABLE)
    refused("schema_no_record", changes.require_switch, connection, KEY)

    run(f"DELETE FROM {TABLE}")
    changes.require_switch(connection, KEY, table=TABLE)
    assert changes.switched(connection, KEY) is None


# ---- back ----


def test_the_switch_is_taken_back():
    born_verified("a")
    changes.switched(connection, KEY)

    change = changes.switch_reversed(connection, KEY, actor=ADA)

    assert (change.phase, change.switched_at) == ("verified", None)
    assert told()[-1] == "schema.reversed"
    assert changes.switch_reversed(connection, KEY).phase == "verified"


def test_nobody_goes_back_to_columns_that_drifted():
    born_verified("a")
    changes.switched(connection, KEY)
    run(f"DROP TRIGGER {pair().trigger} ON {TABLE}")

    refused("schema_not_verified", changes.switch_reversed, connection, KEY)


def test_the_expand_is_taken_back_and_forgotten(table):
    change = expand()

    changes.expand_reversed(connection, KEY, actor=ADA)

    assert changes.find(connection, KEY) is None
    change.backfill.refresh_from_db()
    assert change.backfill.state == "cancelled"
    event = Event.objects.get(kind="schema.reversed")
    assert (event.subject_id, event.before["phase"]) == (KEY, "backfilling")
    changes.expand_reversed(connection, KEY)  # once more is no error
    assert settle(expand()).phase == "verified"


def test_the_expand_is_not_taken_back_from_under_code_that_reads_it():
    born_verified("a")
    changes.switched(connection, KEY)

    said = refused("schema_not_reversible", changes.expand_reversed, connection, KEY)

    assert "newest first" in said


# ---- what models use no more ----


def retire(**facts):
    return changes.retired(
        connection, key=KEY, kind="drop_column", app_label="shop", model_name="trial",
        table=TABLE, spec={"columns": ["old"]}, born_empty=False, actor=ADA, **facts,
    )  # fmt: skip


def test_what_is_retired_is_observed_from_then_on(table, settings):
    settings.ZDT_SERVICE, settings.ZDT_VERSION = "shop", "2.0"

    change = retire()

    assert change.phase == "switched"
    assert change.switched_at is not None
    assert shapes.known_by(change) == {("shop", "2.0")}
    assert told()[0] == "schema.retired"
    assert retire().revision == change.revision


def test_what_is_retired_comes_back(table):
    retire()

    changes.retire_reversed(connection, KEY, actor=ADA)

    assert changes.find(connection, KEY) is None
    assert "old" in catalogue.columns(connection, TABLE)


def test_what_is_dropped_does_not_come_back(table):
    SchemaChange.objects.filter(pk=retire().pk).update(phase="contracted")

    refused("schema_not_reversible", changes.retire_reversed, connection, KEY)


def test_a_key_may_begin_another_life(table):
    change = retire()
    SchemaChange.objects.filter(pk=change.pk).update(phase="contracted")

    again = retire()

    assert (again.pk, again.phase, again.contracted_at) == (change.pk, "switched", None)
