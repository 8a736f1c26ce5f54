import shlex

import pytest
from django.db import DataError, connection, migrations, models
from django.db.models import Q

from tests.deploy.schema import releases
from tests.deploy.schema.history import APP, History, written
from tests.deploy.schema.releases import change, columns, prove, settle
from tests.docs import snippets
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, constraining
from zdt_deploy.schema import operations as zdt

HUGE = 5_000_000_000


def thing(field, options=None):
    return migrations.CreateModel(
        "Thing",
        [("id", models.BigAutoField(primary_key=True)), ("n", field), ("note", models.TextField())],
        {"db_table": "thing", **(options or {})},
    )


class Alter:
    """The three operations of one change, and where it is on record."""

    def __init__(self, field, **options):
        given = {"model_name": "thing", "name": "n", "field": field, **options}
        self.expand = zdt.ExpandAlterField(**given)
        self.switch = zdt.SwitchAlterField(**given)
        self.contract = zdt.ContractAlterField(**given)
        self.key = self.expand.change_key(APP)


@pytest.fixture
def app(db_scene, run, monkeypatch):
    releases.open_gate(monkeypatch)

    def begin(field, *values, options=None):
        history = History(thing(field, options))
        for value in values:
            run("INSERT INTO thing (n, note) VALUES (%s, '')", [value])
        return history

    yield begin
    releases.forget()


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def through(history, alter):
    history.apply(alter.expand)
    prove(alter.key)
    return history.apply(alter.switch).apply(alter.contract)


TYPES = [
    (models.IntegerField(), models.BigIntegerField(db_column="n2"), {}, [7], 7),
    (models.CharField(max_length=5), models.TextField(db_column="n2"), {}, ["a"], "a"),
    (models.DateField(), models.DateTimeField(db_column="n2"),
     {"up": "{n}::timestamp AT TIME ZONE 'UTC'", "down": "({n2} AT TIME ZONE 'UTC')::date"},
     ["2026-02-03"], None),
    (models.CharField(max_length=9), models.IntegerField(db_column="n2"),
     {"up": "{n}::integer", "down": "{n2}::text"}, ["7"], 7),
    (models.CharField(max_length=10), models.DateField(db_column="n2"),
     {"up": "{n}::date", "down": "{n2}::text"}, ["2026-02-03"], None),
    (models.TextField(), models.CharField(max_length=3, db_column="n2"),
     {"up": "left({n}, 3)", "lossy": True}, ["abcdef"], "abc"),
    (models.DecimalField(max_digits=6, decimal_places=2),
     models.DecimalField(max_digits=9, decimal_places=3, db_column="n2"), {}, ["1.25"], None),
    (models.IntegerField(null=True), models.IntegerField(default=0, db_column="n2"),
     {"up": "coalesce({n}, 0)", "lossy": True}, [None], 0),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "options", "values", "expected"), TYPES)
def test_a_field_gets_another_type(app, run, old, new, options, values, expected):
    history, alter = app(old, *values), Alter(new, **options)

    history.apply(alter.expand)
    assert history.is_clean(thing(old))
    prove(alter.key)
    history.apply(alter.switch)
    assert history.is_clean(thing(new))
    history.apply(alter.contract)

    assert history.is_clean(thing(new))
    assert columns("thing") == ["id", "note", "n2"]
    there = catalogue.columns(connection, "thing")["n2"]
    assert there.nullable is new.null
    if expected is not None:
        assert run("SELECT n2 FROM thing") == [(expected,)]


def test_each_release_can_go_back(app, run):
    old, alter = models.IntegerField(unique=True), Alter(models.BigIntegerField(db_column="n2"))
    history = through(app(old, 1, 2), alter)
    run("INSERT INTO thing (n2, note) VALUES (3, '')")

    history.undo()
    settle(alter.key)
    history.undo().undo()

    assert history.is_clean(thing(old))
    assert run("SELECT n FROM thing ORDER BY id") == [(1,), (2,), (3,)]
    assert not catalogue.columns(connection, "thing")["n"].nullable
    found = catalogue.constraints(connection, "thing").values()
    assert [there.definition for there in found if there.type == "u"] == ["UNIQUE (n)"]


def test_a_value_that_the_old_type_can_not_hold_keeps_the_old_release_from_coming_back(app, run):
    alter = Alter(models.BigIntegerField(db_column="n2"))
    history = through(app(models.IntegerField(), 1), alter)
    run(f"INSERT INTO thing (n2, note) VALUES ({HUGE}, '')")
    history.undo()

    assert run(f"SELECT n FROM thing WHERE n2 = {HUGE}") == [(None,)]
    run("UPDATE thing SET note = 'can still be written'")
    with pytest.raises(DataError):
        settle(alter.key)
    assert refusal(history.undo).code == "schema_not_verified"


def test_stop_gives_up_the_way_back(app, run):
    alter = Alter(models.BigIntegerField(db_column="n2"), overflow="stop")
    history = app(models.IntegerField(), 1)
    history.apply(alter.expand)
    prove(alter.key)
    history.apply(alter.switch)

    run(f"INSERT INTO thing (n2, note) VALUES ({HUGE}, '')")

    assert refusal(history.undo).code == "way_back_given_up"
    assert change(alter.key).phase == "switched"
    history.apply(alter.contract)
    assert run("SELECT n2 FROM thing ORDER BY id") == [(1,), (HUGE,)]
    assert run("SELECT count(*) FROM pg_class WHERE relname LIKE 'zdt_stopped%%'", []) == [(0,)]


def psql(command):
    """What a page's psql does, for our table."""
    for theirs, ours in (("shop_order", "thing"), ("quantity", "n"), ("how_many", "n2")):
        command = command.replace(theirs, ours)
    return shlex.split(command)[2]


def test_what_the_page_says_of_a_way_back_that_is_given_up(app, run):
    """The rows are found and kept; what is written into their old column goes into the new one."""
    page = snippets.read(snippets.ROOT / "docs/operations/schema.md")
    find, keep = (
        psql(line)
        for snippet in page.snippets
        if "test_altering.py" in snippet.not_run
        for line, _said in snippets.commands(snippet.code)
    )
    alter = Alter(models.BigIntegerField(db_column="n2"), overflow="stop")
    history = app(models.IntegerField(), 1)
    history.apply(alter.expand)
    prove(alter.key)
    history.apply(alter.switch)
    run(f"INSERT INTO thing (n2, note) VALUES ({HUGE}, '')")
    ((row, *_rest),) = run(find)

    run(keep)
    run("UPDATE thing SET note = 'by old code' WHERE n IS NULL")
    assert run("SELECT n, n2 FROM thing WHERE id = %s", [row]) == [(None, HUGE)]
    run("UPDATE thing SET n = 0 WHERE n IS NULL")

    assert run("SELECT n, n2 FROM thing WHERE id = %s", [row]) == [(0, 0)]
    assert run("SELECT * FROM kept") == [(row, HUGE)]


def test_what_stop_has_given_up_stays_so_when_the_old_column_went_and_came_back(app, run):
    alter = Alter(models.BigIntegerField(db_column="n2"), overflow="stop")
    history = app(models.IntegerField(), 1)
    history.apply(alter.expand)
    prove(alter.key)
    history.apply(alter.switch)
    run(f"INSERT INTO thing (n2, note) VALUES ({HUGE}, '')")

    history.apply(alter.contract)
    history.undo()
    settle(alter.key)

    assert change(alter.key).stopped_at is not None
    assert refusal(history.undo).code == "way_back_given_up"


def test_stop_goes_back_as_any_other_while_all_values_fit(app, run):
    alter = Alter(models.BigIntegerField(db_column="n2"), overflow="stop")
    history = app(models.IntegerField(), 1)
    history.apply(alter.expand)
    prove(alter.key)
    history.apply(alter.switch)

    history.undo().undo()

    assert columns("thing") == ["id", "n", "note"]
    assert not catalogue.columns(connection, "thing")["n"].nullable


def test_a_switch_is_not_taken_back_on_record_before_the_old_shape_holds(app, run, monkeypatch):
    alter = Alter(models.BigIntegerField(db_column="n2"), overflow="stop")
    history = app(models.IntegerField(), 1).apply(alter.expand)
    prove(alter.key)
    history.apply(alter.switch)

    def violated(*args, **kwargs):
        raise Refused("rows_violate", table="thing", name="n", detail="")

    with monkeypatch.context() as patched:
        patched.setattr(constraining, "set_not_null", violated)
        assert refusal(history.undo).code == "rows_violate"
    assert change(alter.key).phase == "switched"
    history.undo()
    assert change(alter.key).phase == "verified"


@pytest.mark.parametrize("overflow", ["null", "clamp"])
def test_a_value_that_only_the_new_column_holds_is_not_dropped(app, run, overflow):
    alter = Alter(models.BigIntegerField(db_column="n2", null=True), overflow=overflow)
    history = app(models.IntegerField(null=True), 1).apply(alter.expand)
    run(f"INSERT INTO thing (n2, note) VALUES ({HUGE}, ''), (NULL, '')")

    refused = refusal(history.undo)

    assert refused.code == "undo_loses_values"
    run("UPDATE thing SET n2 = 3 WHERE n2 > 2147483647")
    history.undo()
    assert run("SELECT n FROM thing ORDER BY id") == [(1,), (3,), (None,)]


def test_rows_that_would_not_convert_back_are_not_verified_unless_that_is_meant(app):
    field = models.CharField(max_length=3, db_column="n2")
    history, alter = app(models.TextField(), "abcdef"), Alter(field, up="left({n}, 3)")
    history.apply(alter.expand)

    assert settle(alter.key).phase == "backfilling"
    assert refusal(history.apply, alter.switch).code == "schema_not_verified"


def test_a_rows_conversion_that_fails_stops_the_switch_and_not_the_site(app, run):
    field = models.IntegerField(db_column="n2", null=True)
    alter = Alter(field, up="{n}::integer", down="{n2}::text")
    history = app(models.CharField(max_length=9, null=True), "7", "x").apply(alter.expand)

    run("UPDATE thing SET note = 'unrelated'")

    assert run("SELECT n, n2 FROM thing ORDER BY id") == [("7", 7), ("x", None)]
    assert refusal(history.apply, alter.switch).code == "schema_not_verified"


def test_indexes_and_constraints_of_the_model_hold_for_the_new_column(app, run):
    def options(field="n"):
        return {
            "indexes": [models.Index(fields=["note", field], name="by_note")],
            "constraints": [
                models.CheckConstraint(condition=Q(n__gte=0), name="not_negative"),
                models.UniqueConstraint(fields=["n", "note"], name="once"),
            ],
            "unique_together": {("n", "id")},
        }

    new = models.BigIntegerField(db_column="n2", unique=True)
    history = app(models.IntegerField(unique=True), 1, 2, options=options())
    history = through(history, Alter(new))
    after = releases.shape("thing")
    run("DROP TABLE thing")
    fresh = app(new, options=options())

    expected = releases.shape("thing")
    assert {row[1] for row in after["indexes"]} == {row[1] for row in expected["indexes"]}
    assert {row[1:] for row in after["constraints"]} == {row[1:] for row in expected["constraints"]}
    named = {"by_note", "not_negative", "once"}
    assert named <= {row[0] for row in after["indexes"] | after["constraints"]}
    assert history.is_clean(thing(new, options()))
    assert fresh.is_clean(thing(new, options()))


def test_what_meta_says_of_the_field_alone_holds_for_the_new_column(app, run):
    options = {
        "indexes": [models.Index(fields=["n"], name="by_n")],
        "constraints": [models.UniqueConstraint(fields=["n"], name="once")],
    }
    alter = Alter(models.BigIntegerField(db_column="n2"))

    through(app(models.IntegerField(), 1, options=options), alter)

    there = catalogue.indexes(connection, "thing")
    assert (there["by_n"].shape, there["once"].shape) == ("btree (n2)", "unique btree (n2)")


def test_a_null_that_the_old_column_may_hold_no_more_is_refused_by_the_switch(app):
    alter = Alter(models.BigIntegerField(db_column="n2", null=True))
    history = app(models.IntegerField(null=True), 1).apply(alter.expand)
    history.apply(zdt.SetNotNull("thing", "n"))
    prove(alter.key)

    assert refusal(history.apply, alter.switch).code == "old_column_not_null"


def test_a_constraint_that_the_switch_itself_adds_goes_again_where_rows_violate_it(app, run):
    few = models.CheckConstraint(condition=Q(n__lt=100), name="few")
    history = app(models.IntegerField(), 50, options={"constraints": [few]})
    tenth = models.BigIntegerField(db_column="n2")
    alter = Alter(tenth, up="{n} * 10", down="({n2} / 10)::integer")
    history.apply(alter.expand)
    for name in catalogue.constraints(connection, "thing"):
        if name.startswith("zdt_twin_"):
            run(f"ALTER TABLE thing DROP CONSTRAINT {name}")
    prove(alter.key)

    refused = refusal(history.apply, alter.switch)

    assert refused.code == "rows_violate"
    assert refused.params["rows"] == "id 1"
    run("UPDATE thing SET note = 'the site goes on'")


def test_a_default_in_the_database_comes_with_the_contract(app, run):
    new = models.BigIntegerField(db_column="n2", db_default=5)
    alter = Alter(new)
    history = app(models.IntegerField(db_default=4), 1)
    history.apply(alter.expand)
    run("INSERT INTO thing (note) VALUES ('')")
    prove(alter.key)
    history.apply(alter.switch).apply(alter.contract)
    run("INSERT INTO thing (note) VALUES ('')")

    assert run("SELECT n2 FROM thing ORDER BY id") == [(1,), (4,), (5,)]


@pytest.mark.parametrize(
    ("old", "new", "options", "code"),
    [
        (models.TextField(), models.IntegerField(db_column="n2"), {}, "pair_conversion_missing"),
        (models.BigIntegerField(), models.IntegerField(db_column="n2"), {},
         "pair_conversion_missing"),
        (models.TextField(), models.CharField(max_length=3, db_column="n2"), {},
         "pair_conversion_missing"),
        (models.IntegerField(), models.BigIntegerField(db_column="n"), {}, "pair_columns"),
        (models.IntegerField(), models.BigIntegerField(db_column="n2"), {"overflow": "null"},
         "pair_not_null"),
    ],
)  # fmt: skip
def test_what_can_not_be_done_is_refused_with_what_to_do(app, old, new, options, code):
    history = app(old)

    refused = refusal(history.apply, Alter(new, **options).expand)

    assert refused.code == code
    assert columns("thing") == ["id", "n", "note"]


def test_a_column_that_somebody_else_filled_is_not_taken(app, run):
    alter = Alter(models.BigIntegerField(db_column="n2"))
    history = app(models.IntegerField(), 1)
    run("ALTER TABLE thing ADD COLUMN n2 bigint; UPDATE thing SET n2 = 42")

    assert refusal(history.apply, alter.expand).code == "column_not_ours"
    assert run("SELECT n, n2 FROM thing") == [(1, 42)]
    assert change(alter.key) is None


def test_the_column_of_another_field_is_not_taken(app, run):
    alter = Alter(models.TextField(db_column="note"), up="{n}::text", down="{note}::integer")
    history = app(models.IntegerField(), 1)

    refused = refusal(history.apply, alter.expand)

    assert refused.code == "column_of_field"
    assert run("SELECT note FROM thing") == [("",)]


def test_an_expand_goes_on_with_its_own_columns(app, run):
    alter = Alter(models.BigIntegerField(db_column="n2"))
    history = app(models.IntegerField(), 1)
    history.apply(alter.expand)
    releases.forget()

    history.state = history.done[-1][1]
    history.apply(alter.expand)

    assert change(alter.key) is not None


def test_a_new_field_without_a_column_of_its_own_is_refused_at_once():
    refused = refusal(zdt.ExpandAlterField, "thing", "n", models.BigIntegerField())

    assert "db_column" in str(refused)


def test_a_null_of_new_code_needs_a_place_in_the_old_column(app, run):
    new = models.BigIntegerField(db_column="n2", null=True)
    history = app(models.IntegerField(), 1)

    refused = refusal(history.apply, Alter(new, up="{n}", down="coalesce({n2}, -1)").expand)

    assert refused.code == "old_column_not_null"
    assert "DropNotNull" in str(refused)
    history.apply(zdt.DropNotNull("thing", "n")).apply(Alter(new).expand)
    run("INSERT INTO thing (n2, note) VALUES (NULL, 'new')")
    assert run("SELECT n, n2 FROM thing WHERE note = 'new'") == [(None, None)]


def test_a_null_of_old_code_needs_a_place_in_the_new_column(app, run):
    alter = Alter(models.BigIntegerField(db_column="n2"))
    history = app(models.IntegerField(null=True), 1)

    refused = refusal(history.apply, alter.expand)

    assert refused.code == "up_makes_null"
    assert "coalesce" in str(refused)
    history.apply(zdt.SetNotNull("thing", "n")).apply(alter.expand)
    assert change(alter.key) is not None


@pytest.mark.parametrize(
    ("old", "new", "up", "down"),
    [
        (models.DateField(), models.DateTimeField, "{n}::timestamptz", "{n2}::date"),
        (models.DateField(), models.DateTimeField, "{n} AT TIME ZONE 'UTC'", "{n2}::date"),
        (models.DateTimeField(), models.DateField, "({n} AT TIME ZONE 'UTC')::date", "{n2}"),
        (models.DateTimeField(), models.TextField, "{n}::text", "{n2}::timestamptz"),
        (models.BigIntegerField(), models.DateField, "to_timestamp({n})::date",
         "extract(epoch FROM {n2})::bigint"),
    ],
)  # fmt: skip
def test_a_conversion_by_the_time_zone_of_the_session_is_refused(app, old, new, up, down):
    alter = Alter(new(db_column="n2"), up=up, down=down, lossy=True)

    refused = refusal(app(old).apply, alter.expand)

    assert refused.code == "conversion_by_session"
    assert "AT TIME ZONE" in str(refused)
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone() == ("UTC",)


def test_a_default_that_is_in_force_too_late_for_new_code_is_refused(app, run):
    history = app(models.IntegerField(), 1)

    refused = refusal(
        history.apply, Alter(models.BigIntegerField(db_column="n2", db_default=5)).expand
    )

    assert refused.code == "new_default_too_early"
    assert columns("thing") == ["id", "n", "note"]


def test_squashing_leaves_a_plain_alter(app):
    alter = Alter(models.BigIntegerField(db_column="n2"))
    history = through(app(models.IntegerField()), alter)

    (made,) = history.squashed()

    assert dict(made.fields)["n"].db_column == "n2"


def test_the_operations_are_the_same_after_they_were_written():
    alter = Alter(
        models.BigIntegerField(db_column="n2"), up="{n}", down="{n2}", overflow="clamp", lossy=True,
        acknowledge=["low"],
    )  # fmt: skip
    for operation in (alter.expand, alter.switch, alter.contract):
        found = written(operation).deconstruct()[2]
        given = operation.deconstruct()[2]
        assert found.pop("field").deconstruct()[1:] == given.pop("field").deconstruct()[1:]
        assert found == given
