"""Contracts: done at once, owed, against the gate, begun and not ended, brought back."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from tests.core.factories import ProcessFactory
from tests.deploy.factories import KnownShapeFactory, SchemaChangeFactory, alive
from zdt_core import database, fleet, gates
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_core.jobs.models import Run
from zdt_deploy.schema import catalogue, changes, contracting, intents, standing
from zdt_deploy.schema.models import SchemaChange

pytestmark = pytest.mark.django_db
ADA = Actor("user", "ada")
TICKER = Actor.system("schema")
TABLE, SPEC = "trial", {"columns": ["old"]}


class Physical:
    """Drops the column; an error is raised before or after it has done so, and ``meanwhile`` is
    what happens while it waits for its lock."""

    def __init__(self):
        self.done, self.before, self.after = 0, None, None
        self.meanwhile = lambda: None

    def __call__(self, editor, spec):
        if self.before:
            raise self.before
        self.meanwhile()
        if editor.zdt_guard:  # as ddl.short does
            editor.zdt_guard()
        for column in spec["columns"]:
            editor.execute(f"ALTER TABLE {TABLE} DROP COLUMN IF EXISTS {column}")
        self.done += 1
        if self.after:
            raise self.after


@pytest.fixture
def physical(monkeypatch):
    step = Physical()
    monkeypatch.setattr(contracting, "_kinds", {})
    contracting.register("test_drop", step, reverse=_add)
    contracting.register("test_final", step)
    return step


def _add(editor, spec):
    for column in spec["columns"]:
        editor.execute(f"ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS {column} text")


@pytest.fixture(autouse=True)
def table():
    run(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, old text, new text)")
    run(f"INSERT INTO {TABLE} (old) VALUES ('a')")


@pytest.fixture(autouse=True)
def _no_strangers(monkeypatch):
    monkeypatch.setattr(fleet, "strangers", lambda alias: [])


@pytest.fixture
def owed(physical):
    """Observed; everything alive reads the new shape."""
    change = SchemaChangeFactory(owed=True, table=TABLE, spec=SPEC)
    KnownShapeFactory(change=change)
    alive("2.0")
    return change


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def has_column(name="old"):
    return name in catalogue.columns(connection, TABLE)


def told():
    return list(Event.objects.order_by("id").values_list("kind", "actor_name"))


def contract_or_owe(change):
    done = contracting.contract_or_owe(connection, change.key, actor=ADA)
    change.refresh_from_db()
    return done


# ---- asked by a migration ----


def test_an_open_gate_lets_the_old_shape_go_at_once(owed):
    assert contract_or_owe(owed)

    assert not has_column()
    assert (owed.phase, owed.contracting_at, owed.obstacles) == ("contracted", None, [])
    assert owed.contracted_at is not None
    assert told()[-2:] == [("schema.contract_begun", "ada"), ("schema.contracted", "ada")]


def test_a_contract_that_is_done_is_done_once(owed, physical):
    contract_or_owe(owed)

    assert contract_or_owe(owed)
    assert physical.done == 1


def test_a_closed_gate_leaves_it_owed_with_the_reason_and_a_job(physical, caplog):
    change = SchemaChangeFactory(table=TABLE, spec=SPEC)
    alive("1.0")

    assert not contract_or_owe(change)

    assert has_column()
    assert (change.phase, physical.done) == ("switched", 0)
    assert change.owed_at is not None
    assert [found["code"] for found in change.obstacles] == ["schema_observed", "schema_processes"]
    assert Run.objects.get(kind="schema.contract").key == str(change.pk)
    assert "owed" in caplog.text
    assert "1 web of shop 1.0" in caplog.text
    assert ("schema.owed", "ada") in told()
    assert "unknown" not in Event.objects.get(kind="schema.owed").sentence


def test_asked_again_it_is_owed_since_the_first_time(physical):
    change = SchemaChangeFactory(table=TABLE, spec=SPEC)
    contract_or_owe(change)
    since = change.owed_at

    contract_or_owe(change)

    assert change.owed_at == since
    assert [kind for kind, _who in told()].count("schema.owed") == 1


def test_the_release_that_asks_is_noted_as_one_that_reads_the_new_shape(physical, settings):
    settings.ZDT_SERVICE, settings.ZDT_VERSION = "shop", "3.0"
    change = SchemaChangeFactory(owed=True, table=TABLE, spec=SPEC)
    alive("3.0")

    assert contract_or_owe(change)


def test_a_change_that_was_never_switched_is_refused(physical):
    change = SchemaChangeFactory(verified=True, table=TABLE, spec=SPEC)

    with pytest.raises(Refused, match="comes after its switch"):
        contract_or_owe(change)


def test_a_lock_that_was_not_had_leaves_it_owed(owed, physical):
    physical.before = Refused(
        "lock_not_had", what="x", tables=TABLE, tries=3, seconds=1, blockers="-"
    )

    assert not contract_or_owe(owed)

    assert owed.contracting_at is None
    assert [found["code"] for found in owed.obstacles] == ["lock_not_had"]
    assert ("schema.contract_put_off", "ada") in told()


def test_what_postgresql_refuses_leaves_it_owed_with_its_words(owed, physical):
    def drop_what_others_need():
        run("CREATE VIEW shown AS SELECT old FROM trial")
        with transaction.atomic():
            run("ALTER TABLE trial DROP COLUMN old")

    physical.meanwhile = drop_what_others_need

    with pytest.raises(Refused, match="cannot drop column old of table trial"):
        contracting.contract(owed, actor=TICKER)

    owed.refresh_from_db()
    assert (owed.phase, owed.contracting_at) == ("switched", None)
    assert [found["code"] for found in owed.obstacles] == ["schema_contract_failed"]
    assert contracting.was_put_off(owed)
    assert "cannot drop column old of table trial" in standing.describe(owed)
    assert "DETAIL" not in standing.describe(owed)
    assert told()[-1] == ("schema.contract_put_off", "schema")


def test_without_a_record_an_empty_table_is_contracted_and_another_one_is_not(physical):
    unrecorded = {"kind": "test_drop", "spec": SPEC, "table": TABLE}
    with pytest.raises(Refused, match="There is no record"):
        contracting.contract_or_owe(connection, "shop.x", **unrecorded)
    assert has_column()

    run(f"DELETE FROM {TABLE}")
    assert contracting.contract_or_owe(connection, "shop.x", **unrecorded)
    assert not has_column()


def test_a_table_that_never_had_a_row_has_nothing_to_prove_or_to_observe(physical):
    run(f"DELETE FROM {TABLE}")
    change = SchemaChangeFactory(table=TABLE, spec=SPEC, born_empty=True)

    assert contract_or_owe(change)
    assert not has_column()


def test_a_table_that_is_empty_for_a_moment_is_not_taken_from_under_an_old_release(physical):
    run(f"DELETE FROM {TABLE}")
    change = SchemaChangeFactory(table=TABLE, spec=SPEC, born_empty=True)
    alive("1.0")

    assert not contract_or_owe(change)
    assert has_column()
    assert [found["code"] for found in change.obstacles] == ["schema_processes"]


def test_a_table_that_was_born_empty_and_has_rows_now_asks_the_gate(physical):
    change = SchemaChangeFactory(table=TABLE, spec=SPEC, born_empty=True)
    alive("1.0")

    assert not contract_or_owe(change)


# ---- asked by the ticker, and by people ----


def test_what_is_owed_is_done_when_its_gate_opens(owed):
    contracting.contract(owed, actor=TICKER)

    assert owed.phase == "contracted"
    assert not has_column()


def test_what_keeps_it_waiting_is_written_down(owed):
    ProcessFactory(release="1.0")

    with pytest.raises(Refused, match="1 web of shop"):
        contracting.contract(owed, actor=TICKER)

    owed.refresh_from_db()
    assert [(each["condition"], each["answer"]) for each in owed.obstacles] == [
        ("processes", "closed")
    ]
    assert owed.asked_at is not None
    assert not Event.objects.filter(refused=True).exists()


def test_what_a_person_tried_stays_on_record(owed):
    ProcessFactory(release="1.0")

    with pytest.raises(Refused):
        contracting.contract(owed, actor=ADA)

    event = Event.objects.get(refused=True)
    assert (event.kind, event.code) == ("schema.contracted", "schema_processes")


def test_what_nobody_migrated_is_not_contracted(physical):
    change = SchemaChangeFactory(table=TABLE, spec=SPEC)

    with pytest.raises(Refused, match="Apply the migration"):
        contracting.contract(change, actor=ADA)


def test_a_person_may_override_witnesses_with_a_reason(owed):
    ProcessFactory(release="1.0")
    with pytest.raises(Refused, match="--reason"):
        contracting.contract(owed, actor=ADA, force=True, reason=" ")

    contracting.contract(owed, actor=ADA, force=True, reason="that box is burnt")

    assert owed.phase == "contracted"
    event = Event.objects.get(kind="schema.forced", refused=False)
    assert (event.actor_name, event.reason) == ("ada", "that box is burnt")
    assert [each["condition"] for each in event.params["overridden"]] == ["processes"]


def test_nobody_overrides_the_proof(owed, monkeypatch):
    SchemaChange.objects.filter(pk=owed.pk).update(phase="verified")

    with pytest.raises(Refused, match="comes after its switch"):
        contracting.contract(owed, actor=ADA, force=True, reason="now")


# ---- killed on the way ----


def test_a_step_that_broke_off_is_found_begun_and_done_by_the_next(owed, physical):
    physical.after = OperationalError("the server closed the connection")
    with pytest.raises(OperationalError):
        contracting.contract(owed, actor=TICKER)
    owed.refresh_from_db()
    assert (owed.phase, has_column()) == ("switched", False)
    assert owed.contracting_at is not None

    physical.after = None
    contracting.contract(owed, actor=TICKER)

    assert (owed.phase, owed.contracting_at) == ("contracted", None)


def test_killed_before_the_step_it_asks_the_gate_anew(owed, physical, monkeypatch):
    physical.before = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        contracting.contract(owed, actor=TICKER)
    ProcessFactory(release="1.0")

    physical.before = None
    with pytest.raises(Refused):
        contracting.contract(owed, actor=TICKER)
    assert has_column()


def test_what_somebody_else_contracted_meanwhile_is_not_owed(owed, monkeypatch):
    def slow(change):
        SchemaChange.objects.filter(pk=owed.pk).update(phase="contracted")
        return gates.Verdict("schema.contract", (gates.closed("schema_processes"),))

    monkeypatch.setattr(contracting, "_ask", slow)

    assert contract_or_owe(owed)
    assert "schema.owed" not in [kind for kind, _who in told()]


def test_two_at_once_contract_it_once(owed, physical, monkeypatch):
    def other(editor, spec):
        physical(editor, spec)
        contracting._finish(SchemaChange.objects.get(pk=owed.pk), ADA, "")

    contracting.register("test_drop", other)
    contracting.contract(owed, actor=TICKER)

    assert [kind for kind, _who in told()].count("schema.contracted") == 1


# ---- taken back ----


def test_what_is_owed_and_not_done_is_owed_no_longer(owed, physical):
    contracting.contract_reversed(connection, owed.key, actor=ADA)

    owed.refresh_from_db()
    assert (owed.phase, owed.owed_at, physical.done) == ("switched", None, 0)
    assert told() == [("schema.reversed", "ada")]


def test_what_begins_to_go_is_not_taken_back_half_way(owed, monkeypatch):
    """A migration was killed in the middle of its contract, before anything was owed."""
    SchemaChange.objects.filter(pk=owed.pk).update(owed_at=None, contracting_at=owed.owed_at)
    monkeypatch.setattr(intents, "has_taken", lambda change: True)

    with pytest.raises(Refused, match="zdt_schema advance"):
        contracting.contract_reversed(connection, owed.key)


def test_nothing_is_taken_back_while_somebody_is_at_it(owed):
    SchemaChange.objects.filter(pk=owed.pk).update(contracting_at=database.Now())

    for take_back in (contracting.contract_reversed, changes.switch_reversed):
        with pytest.raises(Refused) as refusal:
            take_back(connection, owed.key)
        assert refusal.value.code == "schema_contract_runs"


def test_a_change_that_went_on_while_its_contract_waited_keeps_its_old_shape(owed, physical):
    rows = SchemaChange.objects.filter(pk=owed.pk)
    physical.meanwhile = lambda: rows.update(phase="verified", contracting_at=None)

    assert not contract_or_owe(owed)
    assert has_column()
    assert [found["code"] for found in owed.obstacles] == ["schema_contract_overtaken"]


def test_a_gate_that_closed_while_the_contract_waited_keeps_the_old_shape(owed, physical):
    physical.meanwhile = lambda: alive("1.0")

    assert not contract_or_owe(owed)
    assert has_column()
    assert [found["code"] for found in owed.obstacles] == ["schema_processes"]


def test_what_was_overridden_stays_so_while_the_contract_waits(owed, physical):
    alive("1.0")
    physical.meanwhile = lambda: alive("1.0")

    contracting.contract(owed, actor=ADA, force=True, reason="web3 is gone")

    assert not has_column()


def test_what_is_contracted_is_brought_back_and_observed_anew(owed):
    contract_or_owe(owed)
    long_ago = database.Now() - timedelta(days=9)
    SchemaChange.objects.filter(pk=owed.pk).update(switched_at=long_ago)

    contracting.contract_reversed(connection, owed.key, actor=ADA)

    owed.refresh_from_db()
    assert (owed.phase, owed.owed_at, owed.contracted_at) == ("switched", None, None)
    assert SchemaChange.objects.filter(pk=owed.pk, switched_at__gt=long_ago).exists()
    assert has_column()


def test_what_cannot_be_brought_back_says_so(physical):
    change = SchemaChangeFactory(contracted=True, kind="test_final", table=TABLE, spec=SPEC)

    with pytest.raises(Refused, match="can't be brought back"):
        contracting.contract_reversed(connection, change.key)


def test_a_kind_that_this_release_does_not_know_waits_for_one_that_does(owed):
    SchemaChange.objects.filter(pk=owed.pk).update(kind="from_the_future")

    with pytest.raises(Refused, match="no schema change of the kind from_the_future"):
        contracting.contract(owed, actor=TICKER)

    owed.refresh_from_db()
    assert [found["code"] for found in owed.obstacles] == ["schema_kind_unknown"]
    assert owed.contracting_at is None


def test_a_change_on_another_alias_is_another_change(physical):
    change = SchemaChangeFactory(alias="archive", table=TABLE, spec=SPEC)

    assert changes.find(connection, change.key) is None
