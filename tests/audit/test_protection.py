"""Entries are only ever added: the trigger, and how a test database lives without it."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from zdt_audit import checks, protection
from zdt_audit.entries import record
from zdt_audit.models import Entry
from zdt_audit.protection import State
from zdt_core.events import Actor

pytestmark = pytest.mark.django_db


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def entry():
    return record("a.b", stream="s:1", actor=Actor("user", "ann"))


ATTACKS = {
    "update": "UPDATE zdt_audit_entry SET canon = '{}'",
    "update of nothing": "UPDATE zdt_audit_entry SET canon = '{}' WHERE false",
    "delete": "DELETE FROM zdt_audit_entry",
    "truncate": "TRUNCATE zdt_audit_entry",
    "truncate with others": "TRUNCATE zdt_core_event, zdt_audit_entry",
    "upsert": "INSERT INTO zdt_audit_entry SELECT * FROM zdt_audit_entry "
    "ON CONFLICT (id) DO UPDATE SET canon = '{}'",
    "merge": "MERGE INTO zdt_audit_entry AS a USING zdt_audit_entry AS b ON a.id = b.id "
    "WHEN MATCHED THEN DELETE",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_the_database_refuses_all_but_adding(protected, attack, role):
    made = entry()
    run(f"SET LOCAL session_replication_role = {role}")

    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        run(attack)

    assert Entry.objects.get().canon == made.canon


def test_the_orm_is_refused_too(protected):
    made = entry()
    made.kind = "x.y"

    for attempt in (made.save, made.delete, Entry.objects.all().delete):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            attempt()


def test_adding_goes_on(protected):
    entry()
    entry()

    assert Entry.objects.count() == 2


def test_a_test_database_has_no_trigger():
    """This run's own."""
    assert protection.is_test_database(connection)
    assert protection.state(connection) is State.MISSING


def test_a_database_that_the_test_run_keeps_loses_a_trigger_that_it_got(protected):
    """Restored from production and kept for the next run, for example."""
    call_command("migrate", verbosity=0)

    assert protection.state(connection) is State.MISSING


@pytest.mark.parametrize(
    ("name", "test_name", "in_a_test_run", "is_one"),
    [
        ("test_shop", None, True, True),
        ("test_shop_gw3", "test_shop_gw3", True, True),
        ("custom", "custom", True, True),
        ("shop", None, True, False),
        ("shop", "custom", True, False),
        ("test_shop", None, False, False),
        ("custom", "custom", False, False),
        (None, None, True, False),
    ],
)
def test_a_test_database_is_named_so_and_seen_from_a_test_run(
    monkeypatch, name, test_name, in_a_test_run, is_one
):
    if not in_a_test_run:
        monkeypatch.delattr("django.core.mail.outbox")
    some = SimpleNamespace(settings_dict={"NAME": name, "TEST": {"NAME": test_name}})

    assert protection.is_test_database(some) is is_one


def test_outside_of_a_test_run_migrate_leaves_the_trigger(protected, monkeypatch):
    monkeypatch.setattr(protection, "is_test_database", lambda connection: False)

    call_command("migrate", verbosity=0)

    assert protection.state(connection) is State.WHOLE


def test_the_trigger_of_the_migration_is_the_one_that_protect_makes():
    migration = import_module("zdt_audit.migrations.0002_append_only")

    assert migration.PROTECT == protection.PROTECT


SABOTAGE = {
    "DROP TRIGGER zdt_audit_append_only ON zdt_audit_entry": State.MISSING,
    "ALTER TABLE zdt_audit_entry DISABLE TRIGGER zdt_audit_append_only": State.DISABLED,
    "ALTER TABLE zdt_audit_entry ENABLE TRIGGER zdt_audit_append_only": State.DISABLED,
    "CREATE OR REPLACE FUNCTION zdt_audit_refuse() RETURNS trigger LANGUAGE plpgsql "
    "AS 'BEGIN RETURN NULL; END'": State.CHANGED,
    "CREATE OR REPLACE TRIGGER zdt_audit_append_only BEFORE UPDATE ON zdt_audit_entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION zdt_audit_refuse(); "
    "ALTER TABLE zdt_audit_entry ENABLE ALWAYS TRIGGER zdt_audit_append_only": State.CHANGED,
    "DROP TRIGGER zdt_audit_append_only ON zdt_audit_entry; "
    "CREATE TRIGGER zdt_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON zdt_audit_entry "
    "FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION zdt_audit_refuse(); "
    "ALTER TABLE zdt_audit_entry ENABLE ALWAYS TRIGGER zdt_audit_append_only": State.CHANGED,
}


@pytest.mark.parametrize(("sabotage", "found"), SABOTAGE.items(), ids=range(len(SABOTAGE)))
def test_a_check_notices_what_was_done_to_the_trigger(protected, monkeypatch, sabotage, found):
    monkeypatch.setattr(protection, "is_test_database", lambda connection: False)
    assert checks.entries_are_protected(databases=["default"]) == []

    run(sabotage)

    (warning,) = checks.entries_are_protected(databases=["default"])
    assert warning.id == "zdt_audit.W001"
    assert warning.msg.endswith(f"is {found}.")


def test_the_checks_look_at_the_database_only_when_asked_to():
    assert checks.entries_are_protected(databases=None) == []
    assert checks.role_is_no_owner(databases=[]) == []


def test_before_its_table_there_is_nothing_to_warn_of():
    run("DROP TABLE zdt_audit_entry")

    assert checks.entries_are_protected(databases=["default"]) == []
    assert checks.role_is_no_owner(databases=["default"]) == []


class TestRoles:
    @pytest.fixture(autouse=True)
    def site(self):
        run("CREATE ROLE shop_site NOLOGIN")
        # before anything else: an autovacuum of the table could wait for us, and we for it
        run("LOCK TABLE zdt_audit_entry IN ACCESS EXCLUSIVE MODE")
        run("GRANT INSERT, SELECT ON ALL TABLES IN SCHEMA public TO shop_site")
        run("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO shop_site")

    def test_a_superuser_is_warned_of(self):
        (warning,) = checks.role_is_no_owner(databases=["default"])

        assert warning.id == "zdt_audit.W002"
        assert "is a superuser" in warning.msg

    def test_a_role_that_owns_the_table_is_warned_of(self):
        run("ALTER TABLE zdt_audit_entry OWNER TO shop_site")
        run("SET LOCAL ROLE shop_site")

        (warning,) = checks.role_is_no_owner(databases=["default"])
        assert "“shop_site” owns the table" in warning.msg

    def test_a_role_that_only_adds_and_reads_is_fine_and_can_do_its_work(self, protected):
        run("SET LOCAL ROLE shop_site")

        assert checks.role_is_no_owner(databases=["default"]) == []
        assert entry().pk

    @pytest.mark.parametrize(
        "attack",
        [
            *ATTACKS.values(),
            "DROP TRIGGER zdt_audit_append_only ON zdt_audit_entry",
            "ALTER TABLE zdt_audit_entry DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
            "DROP TABLE zdt_audit_entry",
        ],
    )
    def test_that_role_can_do_nothing_else(self, protected, attack):
        entry()
        run("SET LOCAL ROLE shop_site")

        with pytest.raises(DatabaseError), transaction.atomic():
            run(attack)
