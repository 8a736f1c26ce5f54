import pytest
from django.db import connection, migrations, models

from tests.deploy.schema import releases
from tests.deploy.schema.history import APP, History, written
from tests.deploy.schema.releases import change, columns, prove, settle
from tests.deploy.schema.trial import ADA
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, standing, steering
from zdt_deploy.schema import operations as zdt

REST = "substr({name}, strpos({name} || ' ', ' ') + 1)"


def person(*fields, options=None):
    return migrations.CreateModel(
        "Person",
        [("id", models.BigAutoField(primary_key=True)), *fields],
        {"db_table": "person", **(options or {})},
    )


def text(**options):
    return models.TextField(**options)


ONE = person(("name", text()))
TWO = person(("first", text(db_index=True)), ("last", text(db_column="surname")))


def split(**options):
    given = {
        "model_name": "person",
        "name": "name",
        "fields": {"first": text(db_index=True), "last": text(db_column="surname")},
        "up": {"first": "split_part({name}, ' ', 1)", "last": REST},
        "down": "concat_ws(' ', {first}, nullif({last}, ''))",
        **options,
    }
    return (
        zdt.ExpandSplitField(**given),
        zdt.SwitchSplitField(**given),
        zdt.ContractSplitField(**given),
    )


DOWNS = {"first": "split_part({name}, ' ', 1)", "last": REST}


def merge(**options):
    given = {
        "model_name": "person",
        "names": ("first", "last"),
        "name": "name",
        "field": text(),
        "up": "concat_ws(' ', {first}, nullif({last}, ''))",
        "down": DOWNS,
        **options,
    }
    return (
        zdt.ExpandMergeFields(**given),
        zdt.SwitchMergeFields(**given),
        zdt.ContractMergeFields(**given),
    )


@pytest.fixture
def app(db_scene, run, monkeypatch):
    releases.open_gate(monkeypatch)
    yield History
    releases.forget()


def test_one_field_becomes_two(app, run):
    history = app(ONE)
    run("INSERT INTO person (name) VALUES ('Ada Lovelace')")
    expand, switch, contract = split()

    history.apply(expand)
    assert history.is_clean(ONE)
    run("INSERT INTO person (name) VALUES ('Plato')")
    settle(expand.change_key(APP))
    history.apply(switch)
    assert history.is_clean(TWO)
    run("INSERT INTO person (first, surname) VALUES ('Mary Ann', 'Smith')")
    assert run("SELECT name FROM person WHERE id = 3") == [("Mary Ann Smith",)]
    history.apply(contract)

    assert history.is_clean(TWO)
    assert run("SELECT first, surname FROM person ORDER BY id") == [
        ("Ada", "Lovelace"), ("Plato", ""), ("Mary Ann", "Smith"),
    ]  # fmt: skip
    there = catalogue.columns(connection, "person")
    assert [there[name].validated_not_null for name in ("first", "surname")] == [True, True]
    shapes = [index.shape for index in catalogue.indexes(connection, "person").values()]
    assert "btree (first)" in shapes


def test_two_fields_become_one_and_come_back(app, run):
    history = app(TWO)
    before = releases.shape("person")
    run("INSERT INTO person (first, surname) VALUES ('Ada', 'Lovelace')")
    expand, switch, contract = merge()

    history.apply(expand)
    prove(expand.change_key(APP))
    history.apply(switch)
    assert history.is_clean(ONE)
    history.apply(contract)
    assert columns("person") == ["id", "name"]
    run("INSERT INTO person (name) VALUES ('Plato')")

    history.undo()
    prove(expand.change_key(APP))
    history.undo().undo()
    assert history.is_clean(TWO)
    assert run("SELECT first, surname FROM person ORDER BY id") == [
        ("Ada", "Lovelace"), ("Plato", ""),
    ]  # fmt: skip
    assert releases.shape("person") == before
    assert change(expand.change_key(APP)) is None


def test_fields_that_the_meta_names_are_refused(app):
    index = models.Index(fields=["name"], name="by_name")
    history = app(person(("name", text()), options={"indexes": [index]}))

    with pytest.raises(Refused) as caught:
        history.apply(split()[0])

    assert caught.value.code == "fields_in_meta"
    assert "by_name" in str(caught.value)


def test_squashing_leaves_the_plain_operations(app):
    history = app(ONE)
    history.apply(*split())

    (made,) = history.squashed()

    assert [name for name, _field in made.fields] == ["id", "first", "last"]


@pytest.mark.parametrize("operation", [*split(lossy=True), *merge(overflow="raise")])
def test_the_operations_can_be_written(operation):
    assert written(operation).describe() == operation.describe()


def nullable(**options):
    return {"first": text(**options), "last": text(db_column="surname", null=True)}


BOTH = {"first": text(null=True), "last": text(null=True)}
NULLS = [
    (ONE, split(fields=BOTH), "old_column_not_null", "first, last"),
    (ONE, split(fields=nullable(), down="{first} || ' ' || {last}"), "down_makes_null", "surname"),
    (TWO, merge(field=text(null=True)), "old_column_not_null", "first, surname"),
    (person(("name", text(null=True))), split(), "up_makes_null", "name"),
    (person(*nullable().items()), merge(up="{first} || ' ' || {last}"), "up_makes_null", "surname"),
]


@pytest.mark.parametrize(("before", "steps", "code", "named"), NULLS)
def test_a_null_that_the_other_side_has_no_place_for_is_refused(app, before, steps, code, named):
    history = app(before)
    there = columns("person")

    with pytest.raises(Refused, match=named) as caught:
        history.apply(steps[0])

    assert caught.value.code == code
    assert columns("person") == there
    assert change(steps[0].change_key(APP)) is None


def test_a_null_of_new_code_of_which_down_makes_a_value_is_written(app, run):
    expand, switch, _contract = split(fields=nullable())
    history = app(ONE).apply(expand)
    prove(expand.change_key(APP))
    history.apply(switch)

    run("INSERT INTO person (first) VALUES ('Plato')")

    assert run("SELECT name, first, surname FROM person") == [("Plato", "Plato", None)]


def test_a_null_of_old_code_of_which_up_makes_a_value_is_written_after_the_switch(app, run):
    expand, switch, _contract = merge(overflow="raise")
    history = app(person(*nullable().items())).apply(expand)
    prove(expand.change_key(APP))
    history.apply(switch)

    run("INSERT INTO person (first) VALUES ('Plato')")

    assert run("SELECT name FROM person") == [("Plato",)]


def test_what_becomes_of_a_null_beside_an_enum_is_found_out(app, run):
    run("CREATE TYPE mood AS ENUM ('sad', 'glad')")
    history = app(person(("first", text()), ("last", text(db_column="surname", null=True))))
    run("ALTER TABLE person ALTER first TYPE mood USING 'sad'")

    with pytest.raises(Refused) as caught:
        history.apply(merge(up="{first}::text || {last}", down={**DOWNS, "first": "'sad'"})[0])

    assert (caught.value.code, caught.value.params["old"]) == ("up_makes_null", "surname")


def test_conversions_that_no_value_of_ours_fits_are_left_to_the_rows(app):
    """What can't be told from samples is let through: the proof decides, and the rows."""
    down = "({first}::lseg)::text || {last}::lseg::text"
    expand = split(fields=nullable(), down=down)[0]

    app(ONE).apply(expand)

    assert change(expand.change_key(APP)) is not None


# ---- a value of old code of which up makes a NULL ----


WORDS = {
    "up": {"first": "split_part({name}, ' ', 1)", "last": "nullif(split_part({name}, ' ', 2), '')"},
    "down": "concat_ws(' ', {first}, {last})",
}


def no_constraint_of_zdt():
    return not [n for n in catalogue.constraints(connection, "person") if n.startswith("zdt_")]


def test_a_null_where_the_models_have_none_is_no_proof_and_its_rows_are_listed(app, run):
    history = app(ONE)
    run("INSERT INTO person (name) VALUES ('Ada Lovelace'), ('Plato')")
    expand, switch, _contract = split(**WORDS)
    history.apply(expand)

    found = settle(expand.change_key(APP))

    assert (found.phase, found.problem) == ("backfilling", "schema_rows_null")
    certificate = found.certificates.first()
    assert (certificate.state, certificate.nulls, certificate.different) == ("failed", 1, 0)
    assert certificate.samples == [["2"]]
    assert "1 of 2 rows would have a NULL in first, surname" in standing.describe(found)
    with pytest.raises(Refused, match="null=True"):
        history.apply(switch)
    run("UPDATE person SET name = 'Plato' WHERE id = 2")

    run("UPDATE person SET name = 'Plato Aristonos' WHERE id = 2")
    steering.verify(found, actor=ADA)
    assert settle(expand.change_key(APP)).phase == "verified"


def test_a_switch_that_is_refused_leaves_the_old_release_as_it_was(app, run):
    """Old code wrote such a row after the proof; it writes on, and the status says why not."""
    history = app(ONE)
    run("INSERT INTO person (name) VALUES ('Ada Lovelace')")
    expand, switch, _contract = split(**WORDS)
    history.apply(expand)
    settle(expand.change_key(APP))
    run("INSERT INTO person (name) VALUES ('Plato')")

    with pytest.raises(Refused, match="Such rows: id 2"):
        history.apply(switch)

    assert no_constraint_of_zdt()
    run("UPDATE person SET name = 'Plato' WHERE id = 2; INSERT INTO person (name) VALUES ('Zeno')")
    run("UPDATE person SET first = NULL WHERE id = 1")
    found = settle(expand.change_key(APP))
    assert (found.phase, found.problem) == ("backfilling", "schema_rows_null")
    assert found.certificates.first().nulls == 3
