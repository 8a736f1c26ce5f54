from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, migrations, models
from django.utils import timezone

from tests.deploy.schema.history import History, written
from zdt_core import gates
from zdt_core.events import Event
from zdt_core.exceptions import Refused
from zdt_core.jobs.models import Run
from zdt_deploy.schema import catalogue, changes, contracting, ddl
from zdt_deploy.schema import operations as zdt
from zdt_deploy.schema.gates import STEP
from zdt_deploy.schema.models import SchemaChange

KEY = "shelf.book.-note"


def author():
    return migrations.CreateModel(
        "Author", [("id", models.BigAutoField(primary_key=True))], {"db_table": "author"}
    )


def book(**fields):
    return migrations.CreateModel(
        "Book",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.TextField()),
            *fields.items(),
        ],
        {"db_table": "book"},
    )


def key_field(**options):
    return models.ForeignKey("shelf.Author", models.CASCADE, **options)


@pytest.fixture
def gate(monkeypatch):
    """Whether a contract may happen now: ``gate(False)``."""

    def be(is_open):
        monkeypatch.setitem(
            gates._conditions,
            STEP,
            {} if is_open else {"never": lambda change: gates.closed("schema_not_yet")},
        )

    be(True)
    return be


@pytest.fixture
def records(db_scene):
    """What zdt notes is taken away afterwards."""
    yield
    for model in (SchemaChange, Event, Run):
        model.objects.all().delete()


@pytest.fixture
def story(records, run, gate):
    """A table with a row, and zdt's records as they were before."""
    made = []

    def begin(field, row="'a'", name="note"):
        made.append(History(author(), book(**{name: field})))
        run("INSERT INTO author DEFAULT VALUES")
        column = made[0].model("book")._meta.get_field(name).column
        run(f"INSERT INTO book (title, {column}) VALUES ('old', {row})")
        return made[0]

    return begin


def retire(**options):
    return zdt.RetireField("book", "note", **options)


def drop(**options):
    return zdt.DropField("book", "note", **options)


def column(name="note"):
    return catalogue.columns(connection, "book").get(name)


def foreign_key():
    return next(c for c in catalogue.constraints(connection, "book").values() if c.type == "f")


def refusal(call, *args):
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value


def change(key=KEY):
    return changes.find(connection, key)


def test_a_field_goes_out_of_the_models_and_a_release_later_out_of_the_table(story, run):
    history = story(models.TextField())

    history.apply(retire())
    assert history.is_clean(author(), book())
    assert change().phase == "switched"
    run("INSERT INTO book (title) VALUES ('by the new release')")
    run("INSERT INTO book (title, note) VALUES ('by the old one', 'still there')")
    assert run("SELECT note FROM book ORDER BY id") == [("a",), (None,), ("still there",)]

    history.apply(drop())
    assert history.is_clean(author(), book())
    assert column() is None
    assert change().phase == "contracted"


def test_rows_without_a_unique_field_have_null_and_no_default_of_them_all(story, run):
    history = story(models.TextField(unique=True))
    before = history.state.clone()

    refused = refusal(history.apply, retire(default=""))
    history.state = before
    history.apply(retire())

    assert refused.code == "field_default_unique"
    run("INSERT INTO book (title) VALUES ('one'), ('one')")


HELD = {
    "a unique constraint": {
        "constraints": [models.UniqueConstraint(fields=["title", "note"], name="held")]
    },
    "a check": {"constraints": [models.CheckConstraint(condition=models.Q(note=""), name="held")]},
    "fields unique together": {"unique_together": {("title", "note")}},
}


@pytest.mark.parametrize("options", HELD.values(), ids=HELD)
def test_a_field_that_a_constraint_names_is_not_retired_before_it(story, run, options):
    history = story(models.TextField(default=""))
    before = history.state.clone()
    history.state.alter_model_options("shelf", "book", options)

    refused = refusal(history.apply, retire())
    history.state = before
    history.apply(retire())

    assert refused.code == "field_held_by_meta"
    assert refused.params["named"] in ("held", "note, title")
    run("INSERT INTO book (title) VALUES ('one'), ('one')")


def test_a_field_with_a_constant_default_gives_it_to_rows_of_new_code(story, run):
    history = story(models.TextField(default="it's 5%"))
    history.apply(retire())

    run("INSERT INTO book (title) VALUES ('by the new release')")

    assert run("SELECT note FROM book ORDER BY id") == [("a",), ("it's 5%",)]
    assert column().validated_not_null
    history.undo()
    assert column().default == ""


def test_a_default_for_old_code_can_be_named(story, run):
    history = story(models.JSONField(), "'{}'")
    history.apply(written(retire(default={"a": [1]})))
    run("INSERT INTO book (title) VALUES ('new')")
    assert run("SELECT note FROM book WHERE title = 'new'") == [('{"a": [1]}',)]


@pytest.mark.parametrize(
    "field",
    [
        models.TextField(null=True),
        models.TextField(db_default="d"),
        models.GeneratedField(
            expression=models.F("title"), output_field=models.TextField(), db_persist=True
        ),
    ],
)
def test_a_column_that_inserts_may_leave_out_stays_as_it_is(db_scene, run, gate, story, field):
    history = story(field, "DEFAULT" if field.generated else "'a'")
    before = column()
    history.apply(retire())
    assert column() == before
    history.undo()
    assert column() == before


def test_a_unique_field_does_not_give_all_new_rows_the_same_value(story, run):
    history = story(models.TextField(unique=True, default="x"))
    history.apply(retire())
    for _ in range(2):
        run("INSERT INTO book (title) VALUES ('new')")
    run("DELETE FROM book WHERE note IS NULL")
    history.undo()
    assert column().validated_not_null
    unique = [c for c in catalogue.constraints(connection, "book").values() if c.type == "u"]
    assert len(unique) == 1


def test_a_foreign_key_gives_way_to_deletes_of_code_that_does_not_know_it(story, run):
    history = story(key_field(), "1")
    before = foreign_key()
    history.apply(retire())

    run("DELETE FROM author WHERE id = 1")
    assert run("SELECT note_id FROM book") == [(None,)]
    with pytest.raises(IntegrityError):
        run("INSERT INTO book (title, note_id) VALUES ('x', 42)")

    run("INSERT INTO author VALUES (1)")
    assert refusal(history.undo).code == "retired_rows_null"
    assert change() is not None
    run("UPDATE book SET note_id = 1")
    history.undo()
    assert foreign_key() == before
    assert column("note_id").validated_not_null
    assert change() is None

    history.apply(retire()).apply(drop(column="note_id"))
    assert column("note_id") is None


def test_a_retirement_taken_back_leaves_the_table_as_it_was(story, run):
    history = story(models.CharField(max_length=9, db_index=True))
    before = table_as_it_is(run)
    history.apply(retire()).undo()
    assert table_as_it_is(run) == before
    assert change() is None


def table_as_it_is(run):
    return (
        catalogue.columns(connection, "book"),
        catalogue.indexes(connection, "book"),
        catalogue.constraints(connection, "book"),
    )


def test_rows_written_without_the_column_have_to_be_filled_before_it_is_taken_back(story, run):
    history = story(models.TextField()).apply(retire())
    run("INSERT INTO book (title) VALUES ('new')")

    refused = refusal(history.undo)

    assert refused.code == "retired_rows_null"
    assert change().phase == "switched"
    run("UPDATE book SET note = '' WHERE note IS NULL")
    history.undo()
    assert column().validated_not_null


def test_a_drop_whose_gate_is_closed_is_owed_and_counts_as_applied(story, gate):
    history = story(models.TextField()).apply(retire())
    gate(False)
    history.apply(drop())

    assert column() is not None
    assert change().owed_at is not None
    history.undo()
    assert change().owed_at is None
    history.apply(drop())
    gate(True)
    contracting.contract(change(), actor=_ada())
    assert column() is None


def _ada():
    from zdt_core.events import Actor

    return Actor("user", "ada")


def test_what_hangs_on_the_column_is_listed_and_keeps_it(story, run, monkeypatch):
    history = story(models.TextField())
    run("CREATE VIEW notes AS SELECT note FROM book")
    told = []
    monkeypatch.setattr(ddl, "tell", lambda code, **params: told.append((code, params)))

    history.apply(retire())
    assert [code for code, _ in told] == ["column_will_not_go"]
    history.apply(drop())

    assert column() is not None
    assert change().obstacles[0]["code"] == "column_has_dependents"
    assert "view notes" in change().obstacles[0]["params"]["dependents"]
    run("DROP VIEW notes")
    contracting.contract(change(), actor=_ada())
    assert column() is None


def test_a_function_that_only_seems_to_name_the_column_can_be_declared_unrelated(
    story, run, settings
):
    history = story(models.TextField())
    run(
        "CREATE FUNCTION log_book() RETURNS text LANGUAGE sql"
        " AS 'SELECT ''a note of each book''::text'"
    )
    history.apply(retire()).apply(drop())
    assert "scene.log_book()" in change().obstacles[0]["params"]["dependents"]

    settings.ZDT_SCHEMA_UNRELATED_FUNCTIONS = ["scene.log_*"]
    contracting.contract(change(), actor=_ada())
    assert column() is None


def test_a_dropped_column_comes_back_empty_and_then_as_it_was(story, run, monkeypatch):
    history = story(models.CharField(max_length=9, db_index=True, default="none"))
    before = table_as_it_is(run)
    told = []
    monkeypatch.setattr(ddl, "tell", lambda code, **params: told.append(code))
    history.apply(retire()).apply(drop())

    history.undo()
    assert told == ["column_came_back_empty"]
    assert run("SELECT note FROM book") == [("none",)]
    history.undo()

    assert table_as_it_is(run)[1:] == before[1:]
    assert column() == before[0]["note"]


def test_an_old_column_is_not_taken_for_a_new_one_of_its_name(story, gate):
    history = story(models.TextField()).apply(retire())
    gate(False)
    history.apply(drop())

    again = zdt.AddFieldWithDefault("book", "note", models.TextField(db_default=""))

    assert refusal(history.apply, again).code == "columns_overlap"


def test_an_empty_table_is_done_at_once_where_nobody_is(records):
    """With the real gate: there is nothing to observe, and nobody who needs the old shape."""
    history = History(author(), book(note=models.TextField()))
    history.apply(retire()).apply(drop())
    assert column() is None


def test_a_drop_without_a_retirement_is_refused(story):
    history = story(models.TextField())
    assert refusal(history.apply, drop()).code == "field_not_retired"
    assert refusal(history.apply, zdt.DropTable("Book")).code == "model_not_retired"
    assert refusal(history.apply, zdt.RetireField("book", "id")).code == "field_is_key"
    assert refusal(history.apply, zdt.RetireField("book", "nota")).code == "model_field_unknown"
    assert refusal(history.apply, zdt.RetireModel("Bock")).code == "model_unknown"


def test_a_drop_that_was_done_by_hand_counts(story, run):
    history = story(models.TextField()).apply(retire())
    run("ALTER TABLE book DROP COLUMN note")
    history.apply(drop())
    assert change().phase == "contracted"


@pytest.mark.parametrize("step", range(3))
def test_a_foreign_key_column_is_dropped_from_where_it_stopped(story, monkeypatch, step):
    history = story(key_field(), "1")
    calls = []
    real = ddl.short

    def short(*args, **kwargs):
        calls.append(1)
        if len(calls) == step + 1:
            raise KeyboardInterrupt
        real(*args, **kwargs)

    monkeypatch.setattr(ddl, "short", short)
    steps = [retire(), drop(column="note_id")]

    def apply_all():
        for operation in steps:
            history.apply(operation)

    with pytest.raises(KeyboardInterrupt):
        apply_all()
    monkeypatch.undo()
    monkeypatch.setitem(gates._conditions, STEP, {})

    for operation in steps[len(history.done) - 1 :]:
        history.apply(operation)

    assert column("note_id") is None


def test_steps_can_be_printed_written_and_squashed(story):
    history = story(key_field(), "1")
    printed = history.sql(retire(), drop(column="note_id"))
    assert printed[0] == 'ALTER TABLE "book" ALTER COLUMN "note_id" DROP NOT NULL;'
    assert printed[1].startswith('ALTER TABLE "book" DROP CONSTRAINT')
    assert "ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED NOT VALID" in printed[2]
    assert printed[3] == 'ALTER TABLE "book" DROP COLUMN IF EXISTS "note_id";'
    for operation in (retire(), drop(column="x"), zdt.RetireModel("Book"), zdt.DropTable("Book")):
        again = written(operation)
        assert type(again) is type(operation)
        assert again.deconstruct() == operation.deconstruct()
    assert zdt.RetireField("book", "note").change_key("shelf") == KEY
    history.apply(retire())
    assert [type(op).__name__ for op in history.squashed()][2:] == ["RetireField"]
    history.apply(drop(column="note_id"))
    assert [type(op).__name__ for op in history.squashed()] == ["CreateModel", "CreateModel"]


class ShelfElsewhere:
    def allow_migrate(self, db, app_label, **hints):
        return db == ("elsewhere" if app_label == "shelf" else "default")


def test_a_table_on_another_alias_is_changed_there_and_recorded_with_the_rest(
    story, gate, settings, elsewhere
):
    settings.DATABASE_ROUTERS = [f"{__name__}.ShelfElsewhere"]
    there, here = History(using=elsewhere), History()
    steps = (
        [
            author(),
            book(note=models.TextField()),
            zdt.AddIndexConcurrently("book", models.Index(fields=["note"], name="by_note")),
            zdt.RemoveIndexConcurrently("book", "by_note"),
            zdt.AddFieldWithDefault("book", "stock", models.PositiveIntegerField(db_default=1)),
        ],
        [retire()],
        [drop()],
    )
    for operations in steps:
        here.apply(*operations)
        assert not catalogue.table_exists(connection, "book")
    for operations in steps:
        there.apply(*operations)
    assert list(catalogue.columns(elsewhere, "book")) == ["id", "title", "stock"]
    found = SchemaChange.objects.get()
    assert (found.alias, found.phase) == ("elsewhere", "contracted")


# ---- models ----


@pytest.fixture
def library(story, run):
    history = story(key_field(), "1").apply(
        migrations.CreateModel(
            "Loan",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("book", models.ForeignKey("shelf.Book", models.PROTECT)),
                ("readers", models.ManyToManyField("shelf.Author")),
            ],
            {"db_table": "loan"},
        )
    )
    run("INSERT INTO loan (book_id) VALUES (1)")
    run("INSERT INTO loan_readers (loan_id, author_id) VALUES (1, 1)")
    return history


def test_a_model_goes_out_of_the_code_and_a_release_later_out_of_the_database(library, run):
    library.apply(zdt.RetireModel("Loan"))
    assert library.is_clean(author(), book(note=key_field()))

    run("DELETE FROM book")
    run("DELETE FROM author")
    assert run("SELECT book_id FROM loan") == [(None,)]
    assert run("SELECT * FROM loan_readers") == []

    library.apply(zdt.DropTable("Loan"))
    assert not catalogue.table_exists(connection, "loan")
    assert not catalogue.table_exists(connection, "loan_readers")


def test_a_retired_model_that_is_taken_back_is_as_it_was(library, run):
    before = {t: catalogue.constraints(connection, t) for t in ("loan", "loan_readers")}
    library.apply(zdt.RetireModel("Loan")).undo()
    assert {t: catalogue.constraints(connection, t) for t in before} == before
    assert catalogue.columns(connection, "loan")["book_id"].validated_not_null


def test_a_dropped_table_comes_back_empty_with_its_model(library, run):
    before = set(catalogue.constraints(connection, "loan"))
    library.apply(zdt.RetireModel("Loan")).apply(zdt.DropTable("Loan"))
    library.undo().undo()
    assert run("SELECT * FROM loan") == []
    assert set(catalogue.constraints(connection, "loan")) == before
    assert catalogue.table_exists(connection, "loan_readers")


class Killed(BaseException):
    pass


def killed_at(monkeypatch, word, after):
    """Kill the process once ``after`` statements with ``word`` have been through."""
    seen = []
    real = connection.SchemaEditorClass.execute

    def execute(editor, sql, params=()):
        if word in str(sql):
            seen.append(sql)
            if len(seen) > after:
                raise Killed
        return real(editor, sql, params)

    monkeypatch.setattr(connection.SchemaEditorClass, "execute", execute)


def orphan(key):
    """Nobody is at the contract any more: it was begun long ago."""
    past = timezone.now() - timedelta(hours=1)
    SchemaChange.objects.filter(key=key).update(contracting_at=past)


KILLS = [("DROP CONSTRAINT", 1), ("DROP CONSTRAINT", 2), ("DROP TABLE", 0), ("DROP TABLE", 1)]


@pytest.mark.parametrize(("word", "after"), KILLS)
def test_a_table_whose_drop_was_killed_goes_when_it_is_run_again(library, monkeypatch, word, after):
    library.apply(zdt.RetireModel("Loan"))
    with monkeypatch.context() as patched:
        killed_at(patched, word, after)
        with pytest.raises(Killed):
            library.apply(zdt.DropTable("Loan"))

    library.apply(zdt.DropTable("Loan"))

    assert change("shelf.loan.-").phase == "contracted"
    assert not catalogue.table_exists(connection, "loan")
    assert not catalogue.table_exists(connection, "loan_readers")


@pytest.mark.parametrize(("word", "after"), KILLS)
def test_a_table_whose_drop_was_killed_comes_back_with_its_rows(
    library, run, monkeypatch, word, after
):
    before = {t: set(catalogue.constraints(connection, t)) for t in ("loan", "loan_readers")}
    library.apply(zdt.RetireModel("Loan"))
    with monkeypatch.context() as patched:
        killed_at(patched, word, after)
        with pytest.raises(Killed):
            library.apply(zdt.DropTable("Loan"))
    orphan("shelf.loan.-")

    library.undo()

    assert change("shelf.loan.-") is None
    assert {t: set(catalogue.constraints(connection, t)) for t in before} == before
    assert run("SELECT book_id FROM loan") == [(1,)]
    assert run("SELECT loan_id FROM loan_readers") == [(1,)]


@pytest.fixture
def dropped(library, monkeypatch):
    """The tables are gone, and the process was killed before the record said so."""

    def killed(*args, **kwargs):
        raise Killed

    library.apply(zdt.RetireModel("Loan"))
    with monkeypatch.context() as patched:
        patched.setattr(contracting, "_finish", killed)
        with pytest.raises(Killed):
            library.apply(zdt.DropTable("Loan"))
    assert not catalogue.table_exists(connection, "loan")
    orphan("shelf.loan.-")
    return library


def test_a_drop_that_was_killed_before_it_was_on_record_counts_when_it_is_run_again(dropped):
    dropped.apply(zdt.DropTable("Loan"))

    assert change("shelf.loan.-").phase == "contracted"


def test_a_drop_that_was_killed_before_it_was_on_record_asks_no_gate_again(dropped, gate):
    """A process that would need the table may have come since: it is too late for it."""
    gate(False)

    dropped.apply(zdt.DropTable("Loan"))

    assert change("shelf.loan.-").phase == "contracted"


def test_a_column_that_went_before_its_drop_comes_back_once_the_drop_is_on_record(story, run, gate):
    history = story(models.TextField(null=True)).apply(retire())
    gate(False)
    history.apply(drop())
    run("ALTER TABLE book DROP COLUMN note")
    assert refusal(history.undo).code == "schema_contract_begun"

    contracting.contract(change(), actor=_ada())
    history.undo().undo()

    assert change() is None
    assert column() is not None


def test_a_drop_that_was_killed_before_it_was_on_record_is_reversed_to_empty_tables(dropped, run):
    dropped.undo()

    assert change("shelf.loan.-") is None
    assert run("SELECT * FROM loan") == run("SELECT * FROM loan_readers") == []


def test_a_many_to_many_table_that_somebody_dropped_is_created_when_its_model_is_taken_back(
    library, run, monkeypatch
):
    before = set(catalogue.constraints(connection, "loan_readers"))
    library.apply(zdt.RetireModel("Loan"))
    run("DROP TABLE loan_readers")
    told = []
    monkeypatch.setattr(ddl, "tell", lambda code, **params: told.append((code, params)))

    library.undo()

    assert told == [("table_came_back_empty", {"tables": "loan_readers"})]
    assert set(catalogue.constraints(connection, "loan_readers")) == before
    assert run("SELECT book_id FROM loan") == [(1,)]


def test_a_table_that_is_created_anew_locks_the_others_in_short_steps_only(library, monkeypatch):
    library.apply(zdt.RetireModel("Loan")).apply(zdt.DropTable("Loan"))
    library.undo()
    keys = []
    real = connection.SchemaEditorClass.execute

    def execute(editor, sql, params=()):
        if "FOREIGN KEY" in str(sql) and not editor.collect_sql:
            with connection.cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                keys.append((cursor.fetchone()[0], "loan" in str(sql)))
        return real(editor, sql, params)

    monkeypatch.setattr(connection.SchemaEditorClass, "execute", execute)
    library.undo()

    assert len(keys) == 3
    assert all(timeout != "0" for timeout, _ in keys)


def test_a_foreign_key_to_its_own_table_comes_back_with_it(library):
    node = migrations.CreateModel(
        "Node",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("parent", models.ForeignKey("shelf.Node", models.CASCADE, null=True)),
            ("name", models.TextField(unique=True, db_comment="it's ours")),
        ],
        {"db_table": "node", "indexes": [models.Index(fields=["parent", "name"], name="by_both")]},
    )
    library.apply(node)
    before = catalogue.constraints(connection, "node"), catalogue.indexes(connection, "node")
    library.apply(zdt.RetireModel("Node")).apply(zdt.DropTable("Node", "node"))

    library.undo().undo()

    there = catalogue.constraints(connection, "node"), catalogue.indexes(connection, "node")
    assert there == before


def test_what_hangs_on_a_table_keeps_it(library, run):
    run("CREATE VIEW loans AS SELECT count(*) FROM loan")
    run("CREATE TABLE fine (loan_id bigint REFERENCES loan)")
    library.apply(zdt.RetireModel("Loan")).apply(zdt.DropTable("Loan"))

    obstacle = change("shelf.loan.-").obstacles[0]
    assert obstacle["code"] == "table_has_dependents"
    assert "view loans" in obstacle["params"]["dependents"]
    assert "fine_loan_id_fkey" in obstacle["params"]["dependents"]
    assert catalogue.table_exists(connection, "loan")


def test_the_table_of_a_many_to_many_field_is_retired_and_dropped_like_one(library, run):
    before = catalogue.constraints(connection, "loan_readers")
    library.apply(zdt.RetireField("loan", "readers"))
    run("DELETE FROM author WHERE NOT EXISTS (SELECT 1 FROM book WHERE note_id = author.id)")
    run("DELETE FROM loan")
    assert run("SELECT * FROM loan_readers") == []
    library.undo()
    assert catalogue.constraints(connection, "loan_readers") == before

    library.apply(zdt.RetireField("loan", "readers")).apply(zdt.DropField("loan", "readers"))
    assert not catalogue.table_exists(connection, "loan_readers")
    library.undo().undo()
    assert catalogue.table_exists(connection, "loan_readers")


def test_models_can_be_printed_and_squashed(library):
    printed = library.sql(zdt.RetireModel("Loan"), zdt.DropTable("Loan", "loan"))
    assert printed[-1] == 'DROP TABLE IF EXISTS "loan";'
    assert sum("ON DELETE" in line for line in printed) == 3
    library.apply(zdt.RetireModel("Loan")).apply(zdt.DropTable("Loan"))
    assert [type(op).__name__ for op in library.squashed()] == ["CreateModel", "CreateModel"]


def test_partitioned_tables_lose_columns_and_go_as_a_whole(gate, run, db_scene, story):
    run("CREATE TABLE author (id bigint PRIMARY KEY)")
    run(
        "CREATE TABLE book (id bigint, title text, note_id bigint NOT NULL REFERENCES author)"
        " PARTITION BY RANGE (id)"
    )
    run("CREATE TABLE p0 PARTITION OF book FOR VALUES FROM (0) TO (10)")
    run("INSERT INTO author VALUES (1)")
    run("INSERT INTO book VALUES (1, 'old', 1)")
    history = History(
        migrations.SeparateDatabaseAndState(state_operations=[author(), book(note=key_field())])
    )
    history.apply(retire())
    run("INSERT INTO book (id, title) VALUES (2, 'new')")
    run("DELETE FROM book WHERE id = 2")
    history.undo()
    assert catalogue.columns(connection, "p0")["note_id"].validated_not_null
    assert foreign_key().validated

    history.apply(retire()).apply(drop(column="note_id"))
    assert "note_id" not in catalogue.columns(connection, "p0")
    history.apply(zdt.RetireModel("Book")).apply(zdt.DropTable("Book", "book"))
    assert not catalogue.table_exists(connection, "p0")
