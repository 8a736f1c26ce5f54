import pytest
from django.db import connection, migrations, models

from tests.deploy.schema import releases
from tests.deploy.schema.history import APP, History, written
from tests.deploy.schema.releases import change, settle, shape
from zdt_core.exceptions import Refused
from zdt_deploy.schema import naming
from zdt_deploy.schema import operations as zdt

KEY = "shelf.user.db_table>people"


def tag():
    return migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True))])


def user(table=None):
    return migrations.CreateModel(
        "User",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("email", models.EmailField(unique=True, db_default="nobody@x")),
            ("tags", models.ManyToManyField("shelf.Tag")),
        ],
        {"db_table": table} if table else {},
    )


EXPAND, SWITCH, CONTRACT = (
    kind("User", "people")
    for kind in (zdt.ExpandRenameTable, zdt.SwitchRenameTable, zdt.ContractRenameTable)
)


@pytest.fixture
def app(db_scene, run, monkeypatch):
    releases.open_gate(monkeypatch)

    def begin():
        history = History(tag(), user())
        run("INSERT INTO shelf_tag DEFAULT VALUES; INSERT INTO shelf_user (email) VALUES ('a')")
        run("INSERT INTO shelf_user_tags (user_id, tag_id) VALUES (1, 1)")
        return history

    yield begin
    releases.forget()


def kinds(*names):
    return [naming.kind(connection, name) for name in names]


def refusal(call, *args):
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value


def test_three_releases_rename_a_table_and_its_many_to_many_table(app, run):
    history = app()
    old = history.model("user")

    history.apply(EXPAND)
    assert history.is_clean(tag(), user())
    assert kinds("shelf_user", "people", "people_tags") == ["r", "v", "v"]
    assert settle(KEY).phase == "verified"
    history.apply(SWITCH)
    assert history.is_clean(tag(), user("people"))
    new = history.model("user")
    made = new.objects.create(email="by the new release")
    made.tags.add(1)
    assert old.objects.get(pk=made.pk).tags.count() == 1
    assert (
        new.objects.select_for_update()
        .filter(pk=old.objects.create(email="o").pk)
        .update(email="b")
    )
    new.objects.bulk_create(
        [new(email="b"), new(email="c")], update_conflicts=True, unique_fields=["email"],
        update_fields=["email"],
    )  # fmt: skip
    assert new.objects.create().email == "nobody@x"

    history.apply(CONTRACT)
    assert history.is_clean(tag(), user("people"))
    assert kinds("shelf_user", "people", "people_tags", "shelf_user_tags") == ["", "r", "r", ""]
    assert change(KEY).phase == "contracted"
    assert new.objects.count() == 5


def test_the_table_is_in_the_end_what_django_would_have_made_of_it(app, run):
    app().apply(EXPAND).apply(SWITCH).apply(CONTRACT)
    after = shape("people"), shape("people_tags")
    run("DROP TABLE people, people_tags, shelf_tag")

    app().apply(migrations.AlterModelTable("User", "people"))

    assert (shape("people"), shape("people_tags")) == after


def test_each_release_can_go_back(app, run):
    history = app()
    before = shape("shelf_user")
    history.apply(EXPAND).apply(SWITCH).apply(CONTRACT)
    run("INSERT INTO people (email) VALUES ('only new')")

    history.undo()
    assert kinds("shelf_user", "people", "people_tags") == ["r", "v", "v"]
    history.undo()
    assert history.is_clean(tag(), user())
    history.undo()

    assert kinds("people", "people_tags") == ["", ""]
    assert shape("shelf_user") == before
    assert run("SELECT count(*) FROM shelf_user") == [(2,)]
    assert change(KEY) is None


def test_a_contract_is_owed_while_its_gate_is_closed(app, monkeypatch):
    history = app().apply(EXPAND).apply(SWITCH)
    releases.open_gate(monkeypatch, False)

    history.apply(CONTRACT)

    assert kinds("shelf_user", "people") == ["r", "v"]
    assert change(KEY).owed_at is not None


def test_steps_may_be_run_again(app):
    history = app()
    for operation in (EXPAND, EXPAND, SWITCH, SWITCH):
        history.apply(operation)
        history.state = history.done[-1][1] if operation is SWITCH else history.state
    history.apply(SWITCH).apply(CONTRACT)
    naming.contract(connection.schema_editor(), change(KEY).spec)

    assert kinds("shelf_user", "people") == ["", "r"]


def test_a_column_that_came_since_is_seen_through_the_view_after_the_switch(app, run):
    history = app().apply(EXPAND)
    run("ALTER TABLE shelf_user ADD COLUMN since text DEFAULT 's'")

    history.apply(SWITCH)

    assert run("SELECT since FROM people") == [("s",)]


def test_rights_on_the_table_are_rights_on_the_view(app, run):
    history = app()
    run("GRANT SELECT, UPDATE ON shelf_user TO pg_monitor")

    history.apply(EXPAND)

    assert run(
        "SELECT has_table_privilege('pg_monitor', 'people', 'UPDATE'),"
        " has_table_privilege('pg_monitor', 'people', 'INSERT')"
    ) == [(True, False)]


def test_a_name_that_is_taken_is_refused(app, run):
    run("CREATE TABLE people ()")

    assert refusal(app().apply, EXPAND).code == "table_name_taken"
    run("DROP TABLE people; CREATE VIEW people AS SELECT 1")
    history = History(
        user_only := migrations.CreateModel(
            "Other", [("id", models.BigAutoField(primary_key=True))]
        )
    )
    assert user_only
    assert (
        refusal(history.apply, zdt.ExpandRenameTable("Other", "people")).code == "table_name_taken"
    )


def test_what_hangs_on_the_view_or_names_the_old_table_blocks_the_contract(app, run):
    history = app().apply(EXPAND).apply(SWITCH)
    run("CREATE VIEW mails AS SELECT email FROM people")
    history.apply(CONTRACT)
    (obstacle,) = change(KEY).obstacles
    assert (obstacle["code"], "mails" in obstacle["params"]["dependents"]) == (
        "view_has_dependents", True,
    )  # fmt: skip

    run("DROP VIEW mails; CREATE FUNCTION n() RETURNS bigint LANGUAGE sql AS $$"
        " SELECT count(*) FROM shelf_user $$")  # fmt: skip
    history.done.pop()
    history.apply(CONTRACT)
    (obstacle,) = change(KEY).obstacles
    assert obstacle["code"] == "functions_name_table"


def test_a_function_that_only_seems_to_name_the_table_does_not_hold_it(app, run, settings):
    settings.ZDT_SCHEMA_UNRELATED_FUNCTIONS = ["scene.n"]
    history = app().apply(EXPAND).apply(SWITCH)
    run("CREATE FUNCTION n() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'shelf_user'; END $$")

    history.apply(CONTRACT)

    assert change(KEY).phase == "contracted"


def test_another_change_of_a_table_that_is_renamed_is_refused(app):
    history = app().apply(EXPAND)
    rename = zdt.ExpandRenameField("User", "email", "address")

    assert refusal(history.apply, rename).code == "columns_overlap"
    history.apply(SWITCH)
    assert refusal(history.apply, rename).code == "table_is_view"


def test_sqlmigrate_shows_view_and_squashing_leaves_a_plain_rename(app):
    history = app()

    assert any("VIEW" in line for line in history.sql(EXPAND))
    assert kinds("people") == [""]
    history.apply(EXPAND, SWITCH, CONTRACT)
    made = [operation for operation in history.squashed() if operation.name == "User"]
    assert [each.options["db_table"] for each in made] == ["people"]


@pytest.mark.parametrize("operation", [EXPAND, SWITCH, CONTRACT])
def test_an_operation_is_the_same_after_it_was_written(operation):
    assert written(operation).deconstruct() == operation.deconstruct()
    assert operation.change_key(APP) == KEY
