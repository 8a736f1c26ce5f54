import pytest
from django.db import connection, connections, migrations, models
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.optimizer import MigrationOptimizer
from django.db.migrations.state import ProjectState
from django.db.models import F, Q
from django.db.models.functions import Lower

from tests.core.factories import ProcessFactory
from tests.deploy.schema import releases, trial
from tests.deploy.schema.history import APP, History, written
from tests.deploy.schema.migrations_of import Migrations
from tests.deploy.schema.releases import change, columns, prove, settle, shape
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, contracting, shapes, standing, steering, triggers, watching
from zdt_deploy.schema import operations as zdt
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.pairs import Pair

KEY = "shelf.user.user_email>email_address"
OLD, NEW = "user_email", "email_address"
ADA = Actor("user", "ada")


def user(name=OLD, field=None, options=None, more=()):
    return migrations.CreateModel(
        "User",
        [
            ("id", models.BigAutoField(primary_key=True)),
            (name, field or models.EmailField()),
            ("name", models.TextField(default="")),
            *more,
        ],
        {"db_table": "usr", **(options or {})},
    )


def expand(**options):
    return zdt.ExpandRenameField("user", OLD, NEW, **options)


def switch(**options):
    return zdt.SwitchRenameField("user", OLD, NEW, **options)


def contract(**options):
    return zdt.ContractRenameField("user", OLD, NEW, **options)


@pytest.fixture
def app(db_scene, run, monkeypatch):
    """``app(*operations, rows=…)``: the release before the rename, with rows in its table."""
    releases.open_gate(monkeypatch)

    def begin(*operations, rows=3, column=OLD):
        history = History(*(operations or (user(),)))
        if rows:
            run(
                f"INSERT INTO usr ({column}, name) SELECT 'u' || n || '@x', ''"
                f" FROM generate_series(1, {rows}) n"
            )
        return history

    yield begin
    releases.forget()


@pytest.fixture
def owed(app, monkeypatch):
    """The rename on a table with rows, up to a contract whose gate is closed."""
    history = app().apply(expand())
    prove(KEY)
    history.apply(switch())
    releases.open_gate(monkeypatch, is_open=False)
    return history.apply(contract())


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def test_three_releases_rename_a_field(app, run):
    history = app()

    history.apply(expand())
    assert history.is_clean(user())
    run(f"INSERT INTO usr ({OLD}, name) VALUES ('by the old release', '')")
    assert settle(KEY).phase == "verified"

    history.apply(switch())
    assert history.is_clean(user(NEW))
    run(f"INSERT INTO usr ({NEW}, name) VALUES ('by the new release', '')")
    run(f"UPDATE usr SET {OLD} = 'old again' WHERE id = 1")

    history.apply(contract())
    assert history.is_clean(user(NEW))
    assert columns("usr") == ["id", "name", NEW]
    assert [email for (email,) in run(f"SELECT {NEW} FROM usr ORDER BY id")] == [
        "old again", "u2@x", "u3@x", "by the old release", "by the new release",
    ]  # fmt: skip
    assert change(KEY).phase == "contracted"


def test_the_table_is_in_the_end_what_django_would_have_made_of_it(app, run):
    rich = models.EmailField(unique=True, max_length=80)
    options = {
        "indexes": [
            models.Index(fields=["name", OLD], name="by_both"),
            models.Index(Lower(OLD), name="lower_mail"),
            models.Index(fields=[OLD], name="some_mails", condition=Q(**{f"{OLD}__gt": "a"})),
        ],
        "constraints": [
            models.CheckConstraint(condition=~Q(**{OLD: ""}), name="mail_there"),
            models.UniqueConstraint(fields=["name", OLD], name="one_of_name"),
            models.UniqueConstraint(
                fields=[OLD, "name"], name="late", deferrable=models.Deferrable.DEFERRED
            ),
        ],
        "unique_together": {(OLD, "id")},
    }
    history = app(user(field=rich, options=options))
    before = shape("usr")

    history.apply(expand())
    prove(KEY)
    history.apply(switch())
    history.apply(contract())
    after = shape("usr")
    run("DROP TABLE usr")
    plain = app(user(field=rich, options=options), rows=0)
    plain.apply(migrations.RenameField("User", OLD, NEW))
    expected = shape("usr")

    assert after == expected
    assert before != after
    new_options = {
        "indexes": [
            models.Index(fields=["name", NEW], name="by_both"),
            models.Index(Lower(NEW), name="lower_mail"),
            models.Index(fields=[NEW], name="some_mails", condition=Q(**{f"{NEW}__gt": "a"})),
        ],
        "constraints": [
            models.CheckConstraint(condition=~Q(**{NEW: ""}), name="mail_there"),
            models.UniqueConstraint(fields=["name", NEW], name="one_of_name"),
            models.UniqueConstraint(
                fields=[NEW, "name"], name="late", deferrable=models.Deferrable.DEFERRED
            ),
        ],
        "unique_together": {(NEW, "id")},
    }
    assert history.is_clean(user(NEW, field=rich, options=new_options))


def test_old_and_new_code_use_the_unique_index_at_once(app, run):
    history = app(user(field=models.EmailField(unique=True)))

    history.apply(expand())

    run(f"INSERT INTO usr ({NEW}, name) VALUES ('a', '') ON CONFLICT ({NEW}) DO NOTHING")
    run(f"INSERT INTO usr ({NEW}, name) VALUES ('a', '') ON CONFLICT ({NEW}) DO NOTHING")
    assert run(f"SELECT count(*) FROM usr WHERE {OLD} = 'a'") == [(1,)]


def test_the_switch_waits_until_every_row_is_proven_equal(app, run):
    history = app().apply(expand())

    refused = refusal(history.apply, switch())

    assert refused.code == "schema_not_verified"
    run("UPDATE usr SET name = 'x' WHERE id = 1")
    settle(KEY)
    history.apply(switch())
    assert change(KEY).phase == "switched"


def test_each_release_can_be_rolled_back_alone(app, run):
    history = app(user(field=models.EmailField(unique=True)))
    bare = shape("usr")
    history.apply(expand())
    settle(KEY)
    expanded = shape("usr")
    history.apply(switch())
    switched = shape("usr")
    history.apply(contract())
    run(f"INSERT INTO usr ({NEW}, name) VALUES ('only new', '')")

    history.undo()
    assert shape("usr")["indexes"] == switched["indexes"]
    assert refusal(history.undo).code == "schema_not_verified"
    settle(KEY)
    history.undo()
    assert history.is_clean(user(field=models.EmailField(unique=True)))
    assert run(f"SELECT count(*) FROM usr WHERE {OLD} IS DISTINCT FROM {NEW}") == [(0,)]
    assert shape("usr")["constraints"] == expanded["constraints"]
    history.undo()

    assert shape("usr") == bare
    assert change(KEY) is None


@pytest.mark.long
def test_after_a_rollback_the_way_forward_is_open_again(app, run):
    history = app()
    for _ in range(2):
        history.apply(expand())
        prove(KEY)
        history.apply(switch()).apply(contract())
        history.undo()
        prove(KEY)
        history.undo().undo()

    assert columns("usr") == ["id", "name", OLD]
    assert run("SELECT count(*) FROM usr") == [(3,)]


def test_a_check_that_empty_rows_violate_waits_until_the_old_column_is_filled(app, run):
    options = {"constraints": [models.CheckConstraint(condition=Q(**{f"{OLD}__isnull": False}),
                                                      name="mail_there")]}  # fmt: skip
    history = app(user(field=models.EmailField(null=True), options=options))
    history.apply(expand())
    prove(KEY)
    history.apply(switch()).apply(contract())

    history.undo()
    settle(KEY)
    history.undo()

    there = catalogue.constraints(connection, "usr")
    assert there["mail_there"].validated
    assert run(f"SELECT count({OLD}) FROM usr") == [(3,)]


def test_columns_that_come_back_keep_the_old_release_away_until_they_are_proven(app):
    history = app().apply(expand())
    prove(KEY)
    history.apply(switch()).apply(contract())

    history.undo()

    shut, back = "The old release may not start yet", change(KEY)
    assert shut in standing.describe(back)
    assert "Filling: 0" in standing.describe(back)
    assert shut in standing.shortly(back)
    trial.work(back.backfill)
    assert shut in standing.describe(change(KEY))
    settle(KEY)
    assert shut not in standing.describe(change(KEY))
    assert shut not in standing.shortly(change(KEY))


def test_a_new_column_that_was_dropped_by_hand_is_made_anew_the_way_that_is_said(app, run):
    history = app().apply(expand())
    settle(KEY)
    run(f"ALTER TABLE usr DROP COLUMN {NEW} CASCADE")
    with pytest.raises(Refused, match="migrate the app back to before the change was expanded"):
        history.apply(switch())

    history.undo().apply(expand())
    settle(KEY)
    history.apply(switch())

    assert run(f"SELECT count(*) FROM usr WHERE {NEW} = {OLD}") == [(3,)]


def test_an_old_column_that_was_dropped_after_the_switch_is_filled_again_the_way_that_is_said(
    app, run
):
    history = app().apply(expand())
    settle(KEY)
    history.apply(switch())
    run(f"ALTER TABLE usr DROP COLUMN {OLD} CASCADE")
    watching.look(change(KEY).pk)
    assert "add it again" in standing.describe(change(KEY))

    run(f"ALTER TABLE usr ADD COLUMN {OLD} varchar(254); UPDATE usr SET {OLD} = {NEW}")
    steering.repair(change(KEY), actor=trial.ADA)

    assert settle(KEY).problem == ""
    history.undo()
    assert run(f"SELECT count(*) FROM usr WHERE {NEW} = {OLD}") == [(3,)]


def test_a_contract_is_owed_while_its_gate_is_closed(app, monkeypatch):
    history = app().apply(expand())
    prove(KEY)
    history.apply(switch())
    releases.open_gate(monkeypatch, False)

    history.apply(contract())

    assert OLD in columns("usr")
    assert change(KEY).owed_at is not None
    assert history.is_clean(user(NEW))


def test_a_new_database_goes_through_all_at_once(app):
    history = app(rows=0)

    history.apply(expand(), switch(), contract())

    assert columns("usr") == ["id", "name", NEW]
    assert not catalogue.columns(connection, "usr")[NEW].nullable


def test_not_null_is_held_by_both_columns_from_the_switch_on(app, run):
    history = app().apply(expand())
    prove(KEY)

    history.apply(switch())

    there = catalogue.columns(connection, "usr")
    assert there[NEW].validated_not_null
    assert there[OLD].validated_not_null


@pytest.mark.long
@pytest.mark.parametrize("step", ["expand", "switch", "contract", "restore"])
def test_each_step_goes_on_wherever_it_was_killed(app, run, monkeypatch, step):
    late = models.Index(fields=["name", OLD], name="by_both")
    other = [zdt.RemoveIndexConcurrently("user", "by_both"), zdt.AddIndexConcurrently("user", late)]
    steps = {
        "expand": [
            lambda: history.apply(expand()),
            lambda: history.apply(*other),
            lambda: settle(KEY),
        ],
        "switch": [lambda: history.apply(switch())],
        "contract": [lambda: history.apply(contract())],
        "restore": [lambda: history.undo()],
    }
    unique = models.EmailField(unique=True)
    index = models.Index(fields=[OLD, "name"], name="by_both")
    history = app(user(field=unique, options={"indexes": [index]}))
    for name, calls in steps.items():
        if name == step:
            deaths = until_it_is_done(monkeypatch, calls[0])
            assert deaths > 3
            calls = calls[1:]
        for call in calls:
            call()

    settle(KEY)
    assert run(f"SELECT count(*) FROM usr WHERE {OLD} IS DISTINCT FROM {NEW}") == [(0,)]
    pair = Pair.from_json(change(KEY).spec["pair"])
    assert triggers.state(connection, pair).code == ""
    there = catalogue.indexes(connection, "usr")
    assert all(found.valid for found in there.values())
    for column in (OLD, NEW):
        assert len([found for found in there.values() if column in found.shape]) == 3
        assert f"btree (name, {column})" in [found.shape for found in there.values()]


def until_it_is_done(monkeypatch, call):
    """Run it, killed before each of its statements in turn, to the end; how often it was."""
    count, dies_at = [0], [0]
    real = CursorWrapper.execute

    def execute(self, sql, params=None):
        if not str(sql).lstrip().upper().startswith(("SELECT", "WITH", "SET", "SHOW")):
            count[0] += 1
            if count[0] == dies_at[0]:
                raise KeyboardInterrupt
        return real(self, sql, params)

    with monkeypatch.context() as patched:
        patched.setattr(CursorWrapper, "execute", execute)
        for at in range(1, 500):
            count[0], dies_at[0] = 0, at
            try:
                call()
                return at - 1
            except KeyboardInterrupt:
                continue
    raise AssertionError("it is never done")


def test_a_foreign_key_keeps_its_constraint_and_index(app, run):
    owner = migrations.CreateModel(
        "Owner", [("id", models.BigAutoField(primary_key=True))], {"db_table": "owner"}
    )

    def child(name):
        return migrations.CreateModel(
            "Child",
            [
                ("id", models.BigAutoField(primary_key=True)),
                (name, models.ForeignKey("shelf.Owner", models.CASCADE, related_name="+")),
            ],
            {"db_table": "child"},
        )

    history = app(owner, child("owner"), rows=0)
    run("INSERT INTO owner DEFAULT VALUES; INSERT INTO child (owner_id) VALUES (1)")
    names = {"model_name": "child", "old_name": "owner", "new_name": "keeper"}

    history.apply(zdt.ExpandRenameField(**names))
    prove("shelf.child.owner>keeper")
    history.apply(zdt.SwitchRenameField(**names))
    history.apply(zdt.ContractRenameField(**names))
    after = shape("child")
    run("DROP TABLE child, owner")
    plain = app(owner, child("owner"), rows=0)
    plain.apply(migrations.RenameField("Child", "owner", "keeper"))

    assert history.is_clean(owner, child("keeper"))
    assert after["indexes"] == shape("child")["indexes"]
    (key,) = (c for c in after["constraints"] if c[1] == "f")
    assert key[2:] == (
        "FOREIGN KEY (keeper_id) REFERENCES owner(id) DEFERRABLE INITIALLY DEFERRED", True,
    )  # fmt: skip


def test_a_field_with_a_column_of_its_own_name(app, run):
    old = models.EmailField(db_column="mail")
    history = app(user("email", field=old), column="mail")
    names = {"model_name": "user", "old_name": "email", "new_name": "address"}

    history.apply(zdt.ExpandRenameField(**names, db_column="addr"))
    prove("shelf.user.email>address")
    history.apply(zdt.SwitchRenameField(**names, db_column="addr"))
    assert history.is_clean(user("address", field=models.EmailField(db_column="addr")))
    history.apply(zdt.ContractRenameField(**names, db_column="addr"))

    assert columns("usr") == ["id", "name", "addr"]


def test_only_the_column_of_a_field_is_renamed(app):
    history = app(user("email"), column="email")
    names = {"model_name": "user", "old_name": "email", "new_name": "email", "db_column": "mail"}

    history.apply(zdt.ExpandRenameField(**names))
    prove("shelf.user.email>mail")
    history.apply(zdt.SwitchRenameField(**names)).apply(zdt.ContractRenameField(**names))

    assert history.is_clean(user("email", field=models.EmailField(db_column="mail")))
    assert columns("usr") == ["id", "name", "mail"]


def test_a_default_in_the_database_moves_to_the_new_column_in_the_end(app, run):
    history = app(user(field=models.TextField(db_default="nobody")))
    history.apply(expand())
    prove(KEY)
    history.apply(switch())
    run("INSERT INTO usr (name) VALUES ('')")
    history.apply(contract())
    run("INSERT INTO usr (name) VALUES ('')")

    assert run(f"SELECT {NEW} FROM usr WHERE id > 3") == [("nobody",), ("nobody",)]


def test_an_index_that_django_named_is_named_anew(app):
    def indexed(name):
        index = models.Index(fields=[name])
        state = ProjectState()
        user(name).state_forwards(APP, state)
        index.set_name_with_model(state.apps.get_model(APP, "user"))
        return user(name, options={"indexes": [index]})

    history = app(indexed(OLD))
    name = history.model("user")._meta.indexes[0].name
    history.apply(expand())
    prove(KEY)
    history.apply(switch()).apply(contract())

    final = history.model("user")._meta.indexes[0].name
    assert final != name
    assert final in catalogue.indexes(connection, "usr")
    assert history.is_clean(indexed(NEW))


def test_what_hangs_on_the_old_column_blocks_the_contract_and_is_listed(app, run):
    history = app().apply(expand())
    prove(KEY)
    history.apply(switch())
    run(f"CREATE VIEW mails AS SELECT {OLD} FROM usr")

    history.apply(contract())

    assert OLD in columns("usr")
    (obstacle,) = change(KEY).obstacles
    assert "view mails" in obstacle["params"]["dependents"]
    assert run("SELECT count(*) FROM mails") == [(3,)]


def test_the_new_column_stays_while_a_canary_reads_it(app):
    history = app().apply(expand())
    settle(KEY)
    history.apply(switch())
    shapes.note(change(KEY), service="shop", release="2.0")
    prove(KEY)
    history.undo()
    canary = ProcessFactory(service="shop", release="2.0", role="web")
    try:
        refused = refusal(history.undo)

        assert refused.code == "new_shape_in_use"
        assert "web of shop 2.0" in str(refused)
        assert NEW in columns("usr")
    finally:
        canary.delete()
    history.undo()
    assert NEW not in columns("usr")


def test_an_expand_that_can_not_be_undone_stays_on_record(app, run):
    history = app().apply(expand())
    run(f"CREATE VIEW mails AS SELECT {NEW} FROM usr")

    assert refusal(history.undo).code == "column_has_dependents"

    assert change(KEY) is not None


def test_an_old_column_that_was_dropped_by_hand_leaves_its_names_all_the_same(app, run):
    history = app(user(field=models.EmailField(unique=True)))
    history.apply(expand())
    prove(KEY)
    history.apply(switch())
    run(f"DROP TRIGGER {Pair.from_json(change(KEY).spec['pair']).trigger} ON usr")
    run(f"ALTER TABLE usr DROP COLUMN {OLD}")

    history.apply(contract())

    names = catalogue.indexes(connection, "usr")
    assert len(names) == 3
    assert not any(name.startswith("zdt") for name in names)


def test_a_function_that_only_seems_to_need_the_old_column_does_not_hold_it(app, run, settings):
    history = app().apply(expand())
    prove(KEY)
    history.apply(switch())
    run(
        "CREATE FUNCTION report() RETURNS text LANGUAGE plpgsql AS "
        f"$$ BEGIN RETURN 'the {OLD} of usr'; END $$"
    )
    history.apply(contract())
    assert OLD in columns("usr")

    settings.ZDT_SCHEMA_UNRELATED_FUNCTIONS = ["scene.report"]
    history.apply(contract())

    assert OLD not in columns("usr")


def test_the_only_column_with_the_values_is_not_dropped(app, run):
    history = app().apply(expand())
    prove(KEY)
    run(f"DROP TRIGGER {Pair.from_json(change(KEY).spec['pair']).trigger} ON usr")
    run(f"ALTER TABLE usr DROP COLUMN {OLD}")

    assert refusal(history.undo).code == "old_column_gone"

    assert run(f"SELECT count({NEW}) FROM usr") == [(3,)]
    assert change(KEY) is not None
    run(f"ALTER TABLE usr ADD COLUMN {OLD} varchar(254); UPDATE usr SET {OLD} = {NEW}")
    history.undo()
    assert run(f"SELECT count({OLD}) FROM usr") == [(3,)]


def test_an_index_that_left_the_models_meanwhile_leaves_its_twin_too(app, run):
    index = models.Index(fields=[OLD], name="by_mail")
    history = app(user(options={"indexes": [index]}))
    history.apply(expand())
    prove(KEY)
    history.apply(switch())
    run("DROP INDEX by_mail")

    history.apply(contract())

    assert list(catalogue.indexes(connection, "usr")) == ["usr_pkey"]


def test_what_the_old_column_got_since_the_expand_holds_for_the_new_one(app, run):
    history = app(user(field=models.EmailField(null=True))).apply(expand())
    once = models.UniqueConstraint(fields=[OLD], name="mail_once")
    there = models.CheckConstraint(condition=Q(**{f"{OLD}__gt": "a"}), name="mail_there")
    index = models.Index(fields=[OLD, "name"], name="by_both")
    history.apply(zdt.AddConstraint("user", once), zdt.AddConstraint("user", there))
    history.apply(zdt.SetNotNull("user", OLD), zdt.AddIndexConcurrently("user", index))
    prove(KEY)

    history.apply(switch())

    run(f"INSERT INTO usr ({NEW}, name) VALUES ('u1@x', '') ON CONFLICT ({NEW}) DO NOTHING")
    history.apply(contract())
    assert parts() == {
        f"unique btree ({NEW})": "mail_once",
        f"btree ({NEW}, name)": "by_both",
        f"CHECK ((({NEW})::text > 'a'::text))": "mail_there",
    }
    assert not catalogue.columns(connection, "usr")[NEW].nullable


def test_what_the_old_column_has_no_more_or_otherwise_is_so_for_the_new_one(app):
    there = models.CheckConstraint(condition=Q(**{f"{OLD}__gt": "a"}), name="mail_there")
    other = models.CheckConstraint(condition=Q(**{f"{OLD}__gt": "b"}), name="mail_there")
    options = {"constraints": [there], "indexes": [models.Index(fields=[OLD], name="by_mail")]}
    history = app(user(options=options)).apply(expand())
    history.apply(zdt.RemoveConstraint("user", "mail_there"), zdt.AddConstraint("user", other))
    history.apply(zdt.RemoveIndexConcurrently("user", "by_mail"), zdt.DropNotNull("user", OLD))
    prove(KEY)

    history.apply(switch())

    assert len(catalogue.indexes(connection, "usr")) == 1
    assert catalogue.columns(connection, "usr")[NEW].nullable
    history.apply(contract())
    assert parts() == {f"CHECK ((({NEW})::text > 'b'::text))": "mail_there"}


def parts():
    """The names of the table's indexes and checks by what they say, without its primary key."""
    found = shape("usr")
    checks = {text: name for name, kind, text, _valid in found["constraints"] if kind == "c"}
    return checks | {text: name for name, text, _of in found["indexes"] if name != "usr_pkey"}


@pytest.mark.parametrize(
    ("late", "what"),
    [
        (f"CREATE INDEX late ON usr ({OLD})", "index late"),
        (f"ALTER TABLE usr ADD CONSTRAINT late CHECK ({OLD} <> 'x')", "constraint late"),
        (f"ALTER TABLE usr ADD CONSTRAINT late UNIQUE ({OLD}, name)", "constraint late"),
        (f"ALTER TABLE usr ALTER {OLD} SET NOT NULL", f"NOT NULL of {OLD}"),
    ],
)
def test_the_old_column_does_not_go_with_what_it_got_after_the_switch(app, run, late, what):
    history = app(user(field=models.EmailField(null=True))).apply(expand())
    prove(KEY)
    history.apply(switch())
    run(late)

    history.apply(contract())

    assert OLD in columns("usr")
    (obstacle,) = change(KEY).obstacles
    assert obstacle["code"] == "column_not_all_doubled"
    assert what in obstacle["params"]["missing"]


def test_the_old_column_does_not_go_where_a_twin_was_dropped_by_hand(app, run):
    history = app(user(options={"unique_together": {(OLD, "name")}})).apply(expand())
    prove(KEY)
    history.apply(switch())
    (twin,) = change(KEY).spec["twins"]
    run(f"ALTER TABLE usr DROP CONSTRAINT {twin['twin']}")

    history.apply(contract())

    assert twin["name"] in change(KEY).obstacles[0]["params"]["missing"]


def test_columns_that_something_spans_are_renamed_one_after_the_other(app, run):
    history = app(user(options={"unique_together": {(OLD, "name")}})).apply(expand())
    second = zdt.ExpandRenameField("user", "name", "nick")

    refused = refusal(history.apply, second)

    assert refused.code == "columns_spanned"
    assert "usr_user_email_name" in refused.params["what"]
    assert "zdt_twin" not in refused.params["what"]
    assert "nick" not in columns("usr")
    prove(KEY)
    history.apply(switch()).apply(contract()).apply(second)
    assert "nick" in columns("usr")


def test_what_spans_two_open_renames_since_they_began_waits_for_one_of_them(app, run):
    history = app().apply(expand()).apply(zdt.ExpandRenameField("user", "name", "nick"))
    prove(KEY)
    run(f"CREATE INDEX by_both ON usr ({OLD}, lower(name))")

    assert refusal(history.apply, switch()).code == "columns_spanned"

    run("DROP INDEX by_both")
    history.apply(switch())


def test_rights_and_comment_of_the_old_column_hold_for_the_new_one(app, run):
    history = app(user(field=models.EmailField(db_comment="where it's sent")))
    run(f"GRANT UPDATE ({OLD}) ON usr TO pg_monitor")

    history.apply(expand())

    assert run(
        f"SELECT has_column_privilege('pg_monitor', 'usr', '{NEW}', 'UPDATE'),"
        f" has_column_privilege('pg_monitor', 'usr', '{NEW}', 'SELECT'),"
        " (SELECT col_description('usr'::regclass, attnum) FROM pg_attribute"
        f" WHERE attrelid = 'usr'::regclass AND attname = '{NEW}')"
    ) == [(True, False, "where it's sent")]


def test_a_sequence_and_a_collation_of_the_old_column_pass_on(app, run):
    history = app(user(field=models.TextField(db_collation="C")))
    run("CREATE SEQUENCE mails")
    run(f"ALTER TABLE usr ALTER {OLD} SET DEFAULT nextval('mails')::text")
    run(f"ALTER SEQUENCE mails OWNED BY usr.{OLD}")

    history.apply(expand())
    prove(KEY)
    history.apply(switch()).apply(contract())
    run("INSERT INTO usr (name) VALUES ('')")

    assert run(f"SELECT {NEW} FROM usr WHERE id = 4") == [("1",)]
    assert run(
        "SELECT collname FROM pg_attribute a JOIN pg_collation c ON c.oid = attcollation"
        f" WHERE attrelid = 'usr'::regclass AND attname = '{NEW}'"
    ) == [("C",)]
    history.undo()
    run(f"INSERT INTO usr ({NEW}, name) VALUES ('n', '')")
    assert run(f"SELECT {OLD} FROM usr WHERE id = 5") == [("n",)]


def test_a_type_that_would_rewrite_the_table_is_refused(app, run):
    history = app()
    run("CREATE DOMAIN mail AS varchar(254) CHECK (value <> '')")
    run(f"ALTER TABLE usr ALTER {OLD} TYPE mail")

    assert refusal(history.apply, expand()).code == "column_not_doubled"
    assert NEW not in columns("usr")


def test_code_that_reads_the_new_column_finds_statistics_of_it(app, run):
    history = app().apply(expand())
    prove(KEY)
    history.apply(switch())

    wanted = f"SELECT n_distinct FROM pg_stats WHERE tablename = 'usr' AND attname = '{NEW}'"
    assert run(wanted) == [(-1.0,)]


@pytest.mark.parametrize("name", [OLD, OLD.upper()])
def test_a_trigger_of_the_site_on_the_old_column_is_refused_unless_looked_at(app, run, name):
    history = app()
    run(
        f"CREATE FUNCTION low() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN NEW.{name} := lower(NEW.{name}); RETURN NEW; END $$;"
        "CREATE TRIGGER low BEFORE INSERT ON usr FOR EACH ROW EXECUTE FUNCTION low()"
    )

    refused = refusal(history.apply, expand())

    assert refused.code == "trigger_meddles"
    assert "low" in str(refused)
    assert NEW not in columns("usr")
    history.apply(expand(acknowledge=["low"]))
    assert NEW in columns("usr")


def test_a_trigger_that_would_have_the_last_word_is_refused(app, run):
    history = app()
    run(
        "CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
        "CREATE TRIGGER zzzz BEFORE INSERT ON usr FOR EACH ROW EXECUTE FUNCTION own()"
    )

    assert refusal(history.apply, expand(acknowledge=["zzzz"])).code == "trigger_sorts_behind"
    assert NEW not in columns("usr")


def test_a_default_on_the_new_column_is_refused(app, run):
    history = app()
    run(f"ALTER TABLE usr ADD COLUMN {NEW} varchar(254) DEFAULT 'x'")

    assert refusal(history.apply, expand()).code == "new_column_default"


def test_a_default_that_came_after_the_expand_is_refused_by_the_switch(app, run):
    history = app().apply(expand())
    prove(KEY)
    run(f"ALTER TABLE usr ALTER {NEW} SET DEFAULT 'x'")

    assert refusal(history.apply, switch()).code == "new_column_default"
    assert change(KEY).phase == "verified"


def test_a_default_that_the_new_column_got_meanwhile_outlives_the_contract(app, run):
    history = app(user(field=models.TextField(db_default="nobody")))
    history.apply(expand())
    prove(KEY)
    history.apply(switch())
    run(f"ALTER TABLE usr ALTER {NEW} SET DEFAULT 'somebody'")
    history.apply(contract())
    run("INSERT INTO usr (name) VALUES ('')")

    assert run(f"SELECT {NEW} FROM usr WHERE id > 3") == [("somebody",)]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("ALTER TABLE usr ADD COLUMN g text GENERATED ALWAYS AS (user_email) STORED", ""),
        ("CREATE TABLE r (m varchar(254) REFERENCES usr (user_email))", "column_not_doubled"),
        ("ALTER TABLE usr ADD EXCLUDE (user_email WITH =)", "column_not_doubled"),
        (f"ALTER TABLE usr ADD COLUMN {NEW} int", "column_differs"),
        ("CREATE TABLE heir () INHERITS (usr)", "column_not_doubled"),
    ],
)
def test_what_can_not_be_doubled_is_refused_before_anything_is_done(app, run, table, code):
    history = app(user(field=models.EmailField(unique=True)))
    run(table)

    if not code:
        history.apply(expand())
        return
    assert refusal(history.apply, expand()).code == code
    assert catalogue.triggers(connection, "usr") == {}
    assert change(KEY) is None


def test_a_primary_key_is_refused(app):
    refused = refusal(app().apply, zdt.ExpandRenameField("user", "id", "number"))

    assert refused.code == "column_not_doubled"


def test_an_unknown_field_is_refused_with_the_nearest(app):
    refused = refusal(app().apply, zdt.ExpandRenameField("user", "user_emial", NEW))

    assert "user_email" in str(refused)


def test_a_partitioned_table(app, run):
    history = app(rows=0)
    run(
        "DROP TABLE usr; CREATE TABLE usr (id bigint, user_email varchar(254) NOT NULL, name text)"
        " PARTITION BY RANGE (id); CREATE INDEX by_mail ON usr (user_email, id);"
        "CREATE TABLE usr_1 PARTITION OF usr FOR VALUES FROM (0) TO (9);"
        "ALTER TABLE usr ADD PRIMARY KEY (id)"
    )
    run("INSERT INTO usr VALUES (1, 'a', '')")

    history.apply(expand())
    run("CREATE TABLE usr_2 PARTITION OF usr FOR VALUES FROM (9) TO (99)")
    run(f"INSERT INTO usr (id, {OLD}, name) VALUES (10, 'b', '')")
    prove(KEY)
    history.apply(switch()).apply(contract())

    assert run(f"SELECT {NEW} FROM usr ORDER BY id") == [("a",), ("b",)]
    assert "email_address, id" in catalogue.indexes(connection, "usr")["by_mail"].shape


class _Elsewhere:
    """A router that keeps the app away from a database."""

    def allow_migrate(self, db, app_label, **hints):
        return False if app_label == APP else None


def test_a_database_that_the_router_keeps_the_app_away_from_is_left_alone(app, settings):
    history = app()
    settings.DATABASE_ROUTERS = [_Elsewhere()]

    history.apply(expand()).apply(switch()).apply(contract())

    assert columns("usr") == ["id", OLD, "name"]
    assert change(KEY) is None


@pytest.fixture
def second(session):
    """Another alias: a connection of its own, to tables that zdt's records don't share."""
    made = session()
    made.alias = "second"
    connections["second"] = made
    yield made
    del connections["second"]


def test_a_table_on_another_alias_has_its_own_record(app, second):
    history = app()
    before = history.state.clone()
    key = {"alias": "second", "key": KEY}

    def apply(operation):
        after = before.clone()
        operation.state_forwards(APP, after)
        with second.schema_editor(atomic=False) as editor:
            operation.database_forwards(APP, editor, before, after)
        return after

    apply(expand())
    assert change(KEY) is None
    made = SchemaChange.objects.get(**key)
    assert made.backfill.name.endswith("@second")
    trial.settle(made)
    before = apply(switch())
    apply(contract())

    assert SchemaChange.objects.get(**key).phase == "contracted"
    assert columns("usr") == ["id", "name", NEW]


def test_sqlmigrate_shows_the_short_steps(app):
    sql = "\n".join(app().sql(expand()))

    assert f'ADD COLUMN "{NEW}" varchar(254)' in sql
    assert "ENABLE ALWAYS TRIGGER" in sql
    assert "UPDATE" in sql
    assert NEW not in columns("usr")


@pytest.mark.parametrize(
    ("by_hand", "code"),
    [
        ("usr RENAME TO moved", "schema_table_missing"),
        (f"usr RENAME {OLD} TO kept", "schema_column_missing"),
    ],
)
def test_what_was_renamed_by_hand_while_its_contract_is_owed_has_not_gone(owed, run, by_hand, code):
    run(f"ALTER TABLE {by_hand}")

    assert watching.look(change(KEY).pk) == code
    assert refusal(contracting.contract, change(KEY), actor=ADA).code == "schema_not_yet"
    assert change(KEY).phase == "switched"


def test_a_table_that_is_not_there_when_the_gate_opens_is_not_contracted(owed, run, monkeypatch):
    releases.open_gate(monkeypatch)
    run("ALTER TABLE usr RENAME TO moved")

    assert refusal(contracting.contract, change(KEY), actor=ADA).code == "schema_table_missing"

    run("ALTER TABLE moved RENAME TO usr")
    contracting.contract(change(KEY), actor=ADA)
    assert columns("usr") == ["id", "name", NEW]


def test_a_table_that_was_really_dropped_has_nothing_left_to_take(owed, run):
    run("DROP TABLE usr")

    contracting.contract(change(KEY), actor=ADA)

    assert change(KEY).phase == "contracted"


def test_squashing_leaves_a_plain_rename(app):
    history = app(rows=0)
    history.apply(expand()).apply(switch()).apply(contract())

    (made,) = history.squashed()

    assert isinstance(made, migrations.CreateModel)
    assert NEW in dict(made.fields)
    (renamed,) = MigrationOptimizer().optimize([expand(), switch(), contract()], APP)
    assert isinstance(renamed, migrations.RenameField)


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ("'indexes': [models.Index(fields=['mail'], name='by_mail')]", 4),
        ("'constraints': [models.UniqueConstraint(fields=['mail'], name='one')]", 4),
        ("'ordering': ['-mail']", 4),
        ("'ordering': ['id'], 'unique_together': {('id', 'mail')}", 1),
    ],
)
def test_squashing_keeps_the_steps_where_a_plain_rename_would_leave_the_old_name_in_meta(
    tmp_path, settings, options, left
):
    """Django's own follows a renamed field through unique_together only."""
    shop = Migrations(tmp_path, settings)
    made = (
        "migrations.CreateModel('Guest', [('id', models.BigAutoField(primary_key=True)),"
        f" ('mail', models.TextField())], {{{options}}})"
    )
    shop.add("guest", made)
    for step in ("Expand", "Switch", "Contract"):
        shop.add(step.lower(), f"zdt.{step}RenameField('guest', 'mail', 'post')")
    loader = MigrationLoader(None)
    operations = [
        op for name in shop.added for op in loader.disk_migrations["shop", name].operations
    ]
    squashed = MigrationOptimizer().optimize(operations, "shop")
    shop.leave()

    assert len(squashed) == left


@pytest.mark.parametrize("operation", [expand(acknowledge=["low"]), switch(), contract()])
def test_an_operation_is_the_same_after_it_was_written(operation):
    assert written(operation).deconstruct() == operation.deconstruct()


def test_the_migration_has_to_be_outside_of_a_transaction(app):
    assert refusal(app().apply, expand(), atomic=True).code == "migration_is_atomic"


def test_names_that_use_the_field_elsewhere_follow(app):
    options = {"ordering": ["-user_email", F(OLD).asc()], "get_latest_by": OLD}
    history = app(user(options=options))
    history.apply(expand())
    prove(KEY)
    history.apply(switch())

    wanted = {"ordering": ["-email_address", F(NEW).asc()], "get_latest_by": NEW}
    assert history.is_clean(user(NEW, options=wanted))
