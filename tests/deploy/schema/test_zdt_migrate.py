"""`manage.py zdt_migrate` in this process: turns, patience, what is owed, and honest exit codes."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from tests.deploy.schema import releases
from tests.deploy.schema.migrations_of import Migrations
from zdt_core.events import Event
from zdt_core.exceptions import Refused
from zdt_deploy.schema import pairs
from zdt_deploy.schema.migrating import direct, needs, turn
from zdt_deploy.schema.models import SchemaChange

long = pytest.mark.long
COLUMN = """migrations.RunSQL(
    "ALTER TABLE shop_product ADD COLUMN zdt_test int",
    "ALTER TABLE shop_product DROP COLUMN zdt_test",
)"""


@pytest.fixture(autouse=True)
def db(django_db_setup, django_db_blocker):
    """The test database outside of any transaction; what happened is forgotten at the end."""
    with django_db_blocker.unblock():
        yield
        for table in ("zdt_core_event", "zdt_audit_entry", "zdt_core_notification"):
            run(connection, f"DELETE FROM {table}")
        connection.close()


@pytest.fixture(autouse=True)
def hurried(settings):
    settings.ZDT_SCHEMA_LOCK_SECONDS = 0.03
    settings.ZDT_SCHEMA_LOCK_PAUSE_SECONDS = 0.01
    settings.ZDT_SCHEMA_LOCK_LONGEST_PAUSE_SECONDS = 0.02
    settings.ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = 0.1
    settings.ZDT_MIGRATE_PATIENCE_SECONDS = 0.2
    settings.ZDT_MIGRATE_LOOK_SECONDS = 0.01


@pytest.fixture
def shop(db, tmp_path, settings):
    """Migrations of the shop that a test adds to."""
    migrations = Migrations(tmp_path, settings)
    yield migrations
    migrations.forget()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE shop_product DROP COLUMN IF EXISTS zdt_test")


@pytest.fixture
def other(db):
    """A second session on the same database."""
    session = connection.copy()
    session.inc_thread_sharing()
    yield session
    session.close()


def run(session, sql):
    with session.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def migrate(capsys):
    """Runs it with --json: (exit code, its object)."""

    def migrate(*arguments, **options):
        try:
            call_command("zdt_migrate", *arguments, json=True, **options)
            code = 0
        except SystemExit as ended:
            code = ended.code
        return code, json.loads(capsys.readouterr().out)

    return migrate


def columns(table="shop_product"):
    with connection.cursor() as cursor:
        return {
            column.name for column in connection.introspection.get_table_description(cursor, table)
        }


# ---- doing it ----


def test_it_migrates_says_what_it_did_and_leaves_a_record(shop, migrate):
    name = shop.add("column", COLUMN, atomic=True)

    code, told = migrate()

    assert code == 0
    assert told["applied"] == [f"shop.{name}"]
    assert told["problems"] == []
    assert "zdt_test" in columns()
    event = Event.objects.get(kind="schema.migrated")
    assert event.params["applied"] == [f"shop.{name}"]


@long
def test_where_nothing_is_to_be_done_it_says_so_and_leaves_no_record(shop, migrate):
    code, told = migrate()

    assert (code, told["applied"], told["owed"]) == (0, [], [])
    assert not Event.objects.filter(kind="schema.migrated").exists()


@long
def test_people_see_what_migrate_says(shop, capsys):
    name = shop.add("column", COLUMN, atomic=True)

    call_command("zdt_migrate")

    assert f"Applying shop.{name}... OK" in capsys.readouterr().out


@long
def test_it_goes_back_too(shop, migrate):
    name = shop.add("column", COLUMN, atomic=True)
    migrate()

    code, told = migrate("shop", "0001")

    assert (code, told["reversed"]) == (0, [f"shop.{name}"])
    assert "zdt_test" not in columns()


@long
def test_a_plan_changes_nothing(shop, migrate):
    name = shop.add("column", COLUMN, atomic=True)

    code, told = migrate("--plan")

    assert code == 0
    assert [step["migration"] for step in told["plan"]] == [f"shop.{name}"]
    assert "zdt_test" not in columns()


def test_faking_needs_a_reason_which_goes_into_the_record(shop, migrate):
    shop.add("column", COLUMN, atomic=True)

    code, told = migrate("shop", fake=True)
    assert (code, told["problems"][0]["code"]) == (2, "migrate_fake_reason")

    code, told = migrate("shop", fake=True, reason="the column was made by hand")
    assert code == 0
    event = Event.objects.get(kind="schema.migrated")
    assert (event.reason, event.params["faked"]) == ("the column was made by hand", True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nowhere"], "nowhere"), (["shop", "9999"], "9999"), (["--database", "nowhere"], "nowhere")],
)
def test_what_is_not_there_is_named(shop, arguments, said):
    with pytest.raises(CommandError, match=said) as wrong:
        call_command("zdt_migrate", *arguments)

    assert wrong.value.returncode == 2


@long
def test_a_migration_that_is_broken_is_no_refusal(shop):
    shop.add("broken", "migrations.RunSQL('SELECT 1/0')", atomic=True)

    with pytest.raises(CommandError, match="division by zero") as broken:
        call_command("zdt_migrate")

    assert broken.value.returncode == 2


# ---- one at a time ----


def test_while_another_migrates_it_waits_and_says_for_whom(shop, other, settings, capsys):
    settings.ZDT_MIGRATE_QUEUE_SECONDS = 0.05
    assert turn.take(other, print) < 1

    with pytest.raises(CommandError, match="has not ended within") as gave_up:
        call_command("zdt_migrate")

    assert gave_up.value.returncode == 1
    pid = run(other, "SELECT pg_backend_pid()")[0][0]
    assert f"pid {pid}" in str(gave_up.value)
    assert f"pid {pid}" in capsys.readouterr().out


def test_a_runner_that_dies_frees_its_turn(other):
    turn.take(other, print)
    assert turn.holder(connection) is not None

    other.close()

    assert turn.take(connection, print, patience=5) < 5
    turn.give_back(connection)


def test_a_session_that_was_closed_has_lost_its_turn(other):
    turn.take(other, print)
    assert turn.is_ours(other)

    other.close()

    assert not turn.is_ours(other)


@long
def test_a_migration_that_hangs_up_gets_its_turn_back(shop, migrate):
    hang_up = "migrations.RunPython(lambda apps, editor: editor.connection.close())"
    shop.add("hangs_up", hang_up)
    last = shop.add("column", COLUMN, atomic=True)

    code, told = migrate()

    assert (code, told["applied"][-1]) == (0, f"shop.{last}")
    assert told["tries"] == 2


# ---- locks ----


def test_a_forgotten_transaction_is_named_and_nothing_is_changed(shop, other, migrate):
    name = shop.add("column", COLUMN, atomic=True)
    run(other, "BEGIN; SELECT count(*) FROM shop_product")
    pid = run(other, "SELECT pg_backend_pid()")[0][0]

    code, told = migrate()

    assert code == 1
    problem = told["problems"][0]
    assert problem["code"] == "migrate_lock_not_had"
    assert f"pid {pid}" in problem["text"]
    assert "idle in transaction" in problem["text"]
    assert "SELECT pg_backend_pid()" in problem["text"]
    assert "zdt_test" not in columns()

    run(other, "ROLLBACK")
    code, told = migrate()
    assert (code, told["applied"]) == (0, [f"shop.{name}"])


def test_what_is_not_zdts_own_is_not_done_again_where_a_step_after_it_gets_no_lock(
    shop, other, migrate
):
    field = 'zdt.AddFieldWithDefault("product", "zdt_test", models.IntegerField(db_default=1))'
    shop.add("mixed", f"migrations.RunSQL('SELECT 1'),\n        {field}", needs_zdt=True)
    run(other, "BEGIN; SELECT count(*) FROM shop_product")

    code, told = migrate()

    assert (code, told["problems"][0]["code"], told["tries"]) == (1, "lock_not_had", 1)
    run(other, "ROLLBACK")
    assert migrate()[0] == 0


@long
def test_it_gets_its_lock_as_soon_as_the_other_lets_go(shop, other, settings, monkeypatch, migrate):
    settings.ZDT_MIGRATE_PATIENCE_SECONDS = 30.0
    name = shop.add("column", COLUMN, atomic=True)
    run(other, "BEGIN; SELECT count(*) FROM shop_product")
    monkeypatch.setattr("time.sleep", lambda seconds: run(other, "ROLLBACK"))

    code, told = migrate()

    assert (code, told["applied"], told["tries"]) == (0, [f"shop.{name}"], 2)


@long
def test_the_limit_of_a_migration_is_not_that_of_the_next(shop, migrate):
    shop.add("column", COLUMN, atomic=True)
    seen = "SELECT set_config('zdt.seen', current_setting('lock_timeout'), false)"
    shop.add("looks", f'migrations.RunSQL("{seen}")')
    shop.add(
        "tells", "migrations.RunPython(lambda apps, editor: editor.execute("
        "\"DO $$ BEGIN ASSERT current_setting('zdt.seen') = '0'; END $$\"))",
    )  # fmt: skip

    assert migrate()[0] == 0


# ---- changes in three releases ----

KEY = "shop.product.zdt_test>zdt_new"
FIELD = """migrations.AddField("product", "zdt_test", models.TextField(default="x"))"""
RENAME = """zdt.{}RenameField("product", "zdt_test", "zdt_new")"""


@pytest.fixture
def renaming(shop):
    """A table with a row, whose column is renamed; the release with the expand is migrated."""
    run(
        connection,
        "INSERT INTO shop_product (slug, name, blurb, hue, price) VALUES ('a', 'A', '', 1, 1)",
    )
    shop.add("field", FIELD)
    shop.add("expand", RENAME.format("Expand"), needs_zdt=True)
    yield shop
    releases.forget()
    run(connection, "DELETE FROM shop_product")
    run(connection, "ALTER TABLE shop_product DROP COLUMN IF EXISTS zdt_new CASCADE")
    run(connection, "ALTER TABLE shop_product DROP COLUMN IF EXISTS zdt_test CASCADE")
    pair = pairs.renaming("shop_product", pairs.Column("zdt_test", "text", True), "zdt_new")
    run(connection, f"DROP FUNCTION IF EXISTS {pair.function}()")


def test_a_rename_goes_release_by_release_and_its_contract_is_owed_until_its_gate_opens(
    renaming, migrate, monkeypatch, caplog
):
    assert migrate()[0] == 0
    renaming.add("switch", RENAME.format("Switch"), needs_zdt=True)

    code, told = migrate()
    assert (code, told["problems"][0]["code"]) == (1, "schema_not_verified")
    assert "still being filled" in told["problems"][0]["text"]
    notes = migrate("--plan")[1]["plan"][0]["notes"]
    assert "not verified" in notes[0]

    releases.settle(KEY)
    assert migrate()[0] == 0

    contract = renaming.add("contract", RENAME.format("Contract"), needs_zdt=True)
    after = renaming.add("column", "migrations.RunSQL('SELECT 1')", atomic=True)
    code, told = migrate()
    assert (code, told["applied"]) == (0, [f"shop.{contract}", f"shop.{after}"])
    assert told["owed"][0]["change"] == KEY
    assert "still observed" in " ".join(each["text"] for each in told["owed"][0]["reasons"])
    assert {"zdt_test", "zdt_new"} <= columns()
    told_twice = [each for each in caplog.messages if "is owed" in each]
    in_its_reasons = [each["text"] for each in told["owed"][0]["reasons"] if KEY in each["text"]]
    assert (told_twice, in_its_reasons) == ([], [])

    needs_it_gone = COLUMN.replace("zdt_test int", "zdt_test text")
    renaming.add("again", needs_it_gone, atomic=True)
    code, told = migrate()
    assert (code, told["problems"][0]["code"]) == (1, "migrate_waits_for_owed")
    assert told["problems"][0]["params"]["key"] == KEY

    releases.open_gate(monkeypatch)
    call_command("zdt_schema", "advance", KEY, stdout=io.StringIO())
    assert "zdt_test" not in columns()
    assert migrate()[0] == 0
    assert "zdt_test" in columns()


@long
def test_it_contracts_what_is_owed_once_the_gate_is_open(renaming, migrate, monkeypatch):
    renaming.add("switch", RENAME.format("Switch"), needs_zdt=True)
    renaming.add("contract", RENAME.format("Contract"), needs_zdt=True)
    migrate()
    releases.settle(KEY)
    assert migrate()[1]["contracted"] == []

    releases.open_gate(monkeypatch)
    code, told = migrate()

    assert (code, told["contracted"], told["owed"]) == (0, [KEY], [])
    assert "zdt_test" not in columns()


@long
def test_it_waits_for_the_proof_where_it_is_asked_to(renaming, migrate, monkeypatch):
    migrate()
    switch = renaming.add("switch", RENAME.format("Switch"), needs_zdt=True)
    monkeypatch.setattr("time.sleep", lambda seconds: releases.settle(KEY))

    code, told = migrate("--wait", "1h")

    assert (code, told["applied"]) == (0, [f"shop.{switch}"])
    assert told["waited_seconds"] >= 0


@long
def test_waiting_ends_with_the_reason_when_it_can_not_end_well(renaming, migrate, monkeypatch):
    migrate()
    renaming.add("switch", RENAME.format("Switch"), needs_zdt=True)
    SchemaChange.objects.update(
        problem="schema_column_missing",
        problem_params={"key": KEY, "table": "shop_product", "columns": "zdt_new"},
    )

    code, told = migrate("--wait", "1h")

    assert code == 1
    assert told["problems"][0]["code"] == "migrate_wait_over"
    assert "has lost zdt_new" in told["problems"][0]["text"]


# ---- what collides with an open change ----

SEPARATE = "migrations.SeparateDatabaseAndState({}_operations=[{}])"


def altered(field, options):
    return f'migrations.AlterField("product", "{field}", models.TextField({options}))'


def renamed(field, other):
    return f'migrations.RenameField("product", "{field}", "{other}")'


def test_djangos_own_operations_on_what_an_open_change_holds_are_refused_before_anything_is_done(
    renaming, migrate
):
    assert migrate()[0] == 0
    name = renaming.add("collides", renamed("zdt_test", "zdt_third"))
    (note,) = migrate("--plan")[1]["plan"][0]["notes"]
    assert f"abandon it: `manage.py zdt_migrate shop {renaming.added[0]}`" in note
    renaming.drop(name)

    releases.prove(KEY)
    for step in ("Switch", "Contract"):
        renaming.add(step.lower(), RENAME.format(step), needs_zdt=True)
    assert migrate()[1]["owed"][0]["change"] == KEY
    harmless = (
        altered("zdt_new", "default='y', help_text='what it is'"),
        SEPARATE.format("state", renamed("zdt_new", "zdt_third")),
        SEPARATE.format("state", renamed("zdt_third", "zdt_new")),
        altered("name", "null=True"),
    )
    colliding = (
        altered("zdt_new", "db_default='zz'"),
        "zdt.DropNotNull('product', 'zdt_new')",
        SEPARATE.format("database", renamed("zdt_new", "zdt_third")),
        "migrations.RemoveField('product', 'zdt_new')",
        "migrations.RenameModel('Product', 'Ware')",
    )
    first = renaming.add("harmless", ",\n".join(harmless))
    names = [renaming.add("collides", operation) for operation in colliding]
    plan = migrate("--plan")[1]["plan"]
    code, told = migrate()

    noted = [step["migration"] for step in plan if step["notes"]]
    assert noted == [f"shop.{name}" for name in names]
    assert plan[0] == {**plan[0], "migration": f"shop.{first}", "notes": []}
    (problem,) = told["problems"]
    assert (code, problem["code"], told["applied"]) == (1, "migrate_open_change", [])
    assert [problem["text"]] == plan[1]["notes"]
    assert f"shop.{names[0]} was not begun: “Alter field zdt_new on product”" in problem["text"]
    assert f"zdt_schema advance '{KEY}'" in problem["text"]


@long
def test_a_collision_that_the_plan_itself_brings_about_is_refused_when_it_comes_to_it(
    renaming, migrate
):
    name = renaming.add("collides", altered("zdt_test", "null=True"))

    code, told = migrate()

    assert (code, told["problems"][0]["code"]) == (1, "migrate_open_change")
    assert told["applied"][-1] == f"shop.{renaming.added[-2]}"
    assert name in told["problems"][0]["text"]


def test_a_table_that_is_renamed_takes_nothing_by_its_new_name_and_the_change_is_named(
    shop, migrate
):
    key, view = "shop.thing.db_table>shop_goods", 'zdt.{}RenameTable("thing", "shop_goods")'
    made = 'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))])'
    row = "migrations.RunSQL('INSERT INTO shop_thing DEFAULT VALUES')"
    steps = [view.format(step) for step in ("Expand", "Switch", "Contract")]
    shop.add("thing", ",\n".join([made, row, *steps]), needs_zdt=True)
    try:
        assert migrate()[1]["owed"][0]["change"] == key
        names = [
            shop.add("adds", 'migrations.AddField("thing", "more", models.TextField(null=True))'),
            shop.add(
                "zdts", 'zdt.AddFieldWithDefault("thing", "most", models.TextField(db_default=""))'
            ),
        ]
        plan = migrate("--plan")[1]["plan"]
        for name in reversed(names):
            shop.drop(name)
        shop.add("sql", "migrations.RunSQL('ALTER TABLE shop_goods ADD COLUMN more text')")
        code, told = migrate()
    finally:
        run(connection, "DROP VIEW IF EXISTS shop_goods; DROP TABLE IF EXISTS shop_thing")
        releases.forget()

    for step in plan:
        assert "is about shop_goods, which is a view over the table" in step["notes"][0]
        assert key in step["notes"][0]
    assert (code, told["problems"][0]["code"]) == (1, "migrate_stopped_by_change")
    assert told["problems"][0]["params"]["key"] == key
    assert f"zdt_schema advance '{key}'" in told["problems"][0]["text"]


@long
def test_where_a_trigger_of_an_open_change_is_in_the_way_the_change_is_named(renaming, migrate):
    sql = "ALTER TABLE shop_product ALTER COLUMN zdt_test TYPE varchar(70)"
    renaming.add("sql", f"migrations.RunSQL('{sql}')", atomic=True)

    code, told = migrate()

    assert (code, told["problems"][0]["code"]) == (1, "migrate_stopped_by_change")
    assert told["problems"][0]["params"]["key"] == KEY
    assert "used in a trigger definition" in told["problems"][0]["text"]


@long
def test_in_a_new_database_nothing_collides(renaming, migrate):
    run(connection, "DELETE FROM shop_product")
    renaming.add("alters", altered("zdt_test", "default='x', db_default='y'"))
    for step in ("Switch", "Contract"):
        renaming.add(step.lower(), RENAME.format(step), needs_zdt=True)
    renaming.add("renames", renamed("zdt_new", "zdt_test"))

    assert migrate()[0] == 0
    assert "zdt_new" not in columns()


# ---- is it all there? ----


def test_what_the_models_need_and_the_database_lacks_is_named(shop, migrate):
    shop.add(
        "dropped", "migrations.RunSQL('ALTER TABLE shop_product RENAME COLUMN hue TO zdt_hue')"
    )
    try:
        code, told = migrate()
    finally:
        run(connection, "ALTER TABLE shop_product RENAME COLUMN zdt_hue TO hue")

    assert code == 1
    assert told["problems"][0]["params"]["missing"] == "shop_product.hue"
    assert needs.missing(connection) == []


def test_models_that_were_not_changed_with_the_switch_are_named(shop, migrate):
    rename = """zdt.{}RenameField("product", "blurb", "zdt_blurb")"""
    for step in ("Expand", "Switch"):
        shop.add(step.lower(), rename.format(step), needs_zdt=True)
    try:
        code, told = migrate()
        known = list(SchemaChange.objects.get().known_by.all())
    finally:
        migrate("shop", "0001")
        releases.forget()

    assert (code, told["problems"][0]["code"]) == (1, "migrate_models_behind")
    assert told["problems"][0]["params"]["left"] == "shop.Product.blurb"
    assert "makemigrations --check" in told["problems"][0]["text"]
    assert known == []


# ---- past the pooler ----


@pytest.fixture
def way(db, settings):
    """Names a direct way: ``way(NAME="other")`` with what it has otherwise than the default."""

    def way(**otherwise):
        settings.ZDT_DIRECT_DATABASE = "direct"
        connections.settings["direct"] = {**connection.settings_dict, **otherwise}

    yield way
    del connections.settings["direct"]


def test_the_alias_keeps_its_name_and_goes_the_direct_way(way):
    before = connection.settings_dict
    options = {**before["OPTIONS"], "application_name": "the direct way", "pool": True}
    way(OPTIONS=options)

    with direct.past_the_pooler("default") as found:
        assert found.alias == "default"
        assert run(found, "SHOW application_name") == [("the direct way",)]
        assert "pool" not in found.settings_dict["OPTIONS"]
    assert direct.canonical("direct") == "default"
    assert connection.settings_dict is before


def test_a_direct_way_to_another_database_is_refused(way):
    way(NAME="postgres")

    with pytest.raises(Refused, match="same database"), direct.past_the_pooler("default"):
        pass


def test_inside_of_a_transaction_it_is_refused():
    with transaction.atomic(), pytest.raises(Refused, match="transaction is open"):
        with direct.past_the_pooler("default"):
            pass
