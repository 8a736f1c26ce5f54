import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import connection, migrations, models
from django.db.models import Deferrable, F, Q
from django.db.models.functions import Lower

from tests.deploy.schema.history import History, written
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, constraining, ddl
from zdt_deploy.schema import operations as zdt

CHEAP = models.CheckConstraint(condition=Q(price__lt=100), name="cheap")
ONCE = models.UniqueConstraint(fields=["title"], name="once")


def author():
    return migrations.CreateModel(
        "Author", [("id", models.BigAutoField(primary_key=True))], {"db_table": "author"}
    )


def book(*constraints, null=True, key=False):
    return migrations.CreateModel(
        "Book",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=80, null=null)),
            ("price", models.IntegerField(default=0)),
            (
                "author",
                models.ForeignKey(
                    "shelf.Author", models.CASCADE, null=True, db_constraint=key, db_index=False
                ),
            ),
        ],
        {"db_table": "book", "constraints": list(constraints)},
    )


@pytest.fixture
def history(db_scene, run):
    made = History(author(), book())
    run("INSERT INTO book (title, price) SELECT 'title ' || n, n FROM generate_series(1, 9) n")
    return made


def constraints(table="book"):
    return catalogue.constraints(connection, table)


def title():
    return catalogue.columns(connection, "book")["title"]


def refusal(call, *args):
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value


def test_a_check_comes_and_goes_with_the_models_in_step(history):
    history.apply(zdt.AddConstraint("book", CHEAP))
    assert constraints()["cheap"].validated
    assert history.is_clean(author(), book(CHEAP))

    history.apply(zdt.RemoveConstraint("book", "cheap"))
    assert "cheap" not in constraints()
    assert history.is_clean(author(), book())
    history.undo()
    assert constraints()["cheap"].validated
    history.undo()
    assert "cheap" not in constraints()


def test_rows_that_violate_a_check_are_named_and_it_goes_on_once_they_are_mended(history, run):
    run("UPDATE book SET price = 200 WHERE id = 3")

    refused = refusal(history.apply, zdt.AddConstraint("book", CHEAP))
    assert (refused.code, refused.params["rows"]) == ("rows_violate", "id 3")
    assert "Such rows: id 3. Nothing was left behind." in str(refused)
    assert "cheap" not in constraints()
    run("UPDATE book SET title = 'of the old release' WHERE id = 3")

    run("UPDATE book SET price = 20 WHERE id = 3")
    history.apply(zdt.AddConstraint("book", CHEAP))
    assert constraints()["cheap"].validated


def test_a_check_that_was_there_before_stays_where_rows_violate_it(history, run):
    run("UPDATE book SET price = 200")
    run("ALTER TABLE book ADD CONSTRAINT cheap CHECK (price < 100) NOT VALID")

    refused = refusal(history.apply, zdt.AddConstraint("book", CHEAP))

    assert refused.code == "rows_violate_still"
    assert refused.params["rows"] == "id 1, 2, 3, 4, 5, …"
    assert "cheap" in constraints()


@pytest.mark.parametrize("error", [KeyboardInterrupt, Refused("lock_not_had")])
def test_a_check_that_could_not_be_validated_in_time_goes_again(history, monkeypatch, error):
    def scan(*args, **kwargs):
        raise error

    monkeypatch.setattr(ddl, "scan", scan)

    with pytest.raises((KeyboardInterrupt, Refused)):
        history.apply(zdt.AddConstraint("book", CHEAP))

    assert "cheap" not in constraints()


def test_a_constraint_that_can_not_be_taken_back_is_named(history, run, monkeypatch, caplog):
    run("UPDATE book SET price = 200")
    real = ddl.short

    def short(editor, statements, *, what, **options):
        if "back" in what:
            raise Refused("lock_not_had")
        real(editor, statements, what=what, **options)

    monkeypatch.setattr(ddl, "short", short)

    assert refusal(history.apply, zdt.AddConstraint("book", CHEAP)).code == "rows_violate_still"
    assert 'ALTER TABLE "book" DROP CONSTRAINT IF EXISTS "cheap"' in caplog.text


def test_a_check_that_is_there_counts_however_it_is_written(history, run):
    run("ALTER TABLE book ADD CONSTRAINT cheap CHECK (((price) < (100))) NOT VALID")
    history.apply(zdt.AddConstraint("book", CHEAP))
    assert constraints()["cheap"].validated


def test_another_constraint_of_that_name_is_refused(history, run):
    run("ALTER TABLE book ADD CONSTRAINT cheap CHECK (price < 1000)")
    assert refusal(history.apply, zdt.AddConstraint("book", CHEAP)).code == "constraint_differs"

    run("ALTER TABLE book ADD CONSTRAINT once UNIQUE (id, title)")
    assert refusal(history.apply, zdt.AddConstraint("book", ONCE)).code == "constraint_differs"


def test_a_unique_constraint_takes_over_an_index_built_beside_the_site(history):
    for _ in range(2):
        history.apply(zdt.AddConstraint("book", ONCE))
        assert constraints()["once"].type == "u"
        assert history.is_clean(author(), book(ONCE))
        history.undo()
        assert "once" not in constraints()


def test_a_unique_constraint_goes_on_where_it_stopped(history, run):
    run("CREATE UNIQUE INDEX once ON book (title)")
    before = run("SELECT 'once'::regclass::oid")
    history.apply(zdt.AddConstraint("book", ONCE))
    again = History(migrations.SeparateDatabaseAndState(state_operations=[author(), book()]))
    again.apply(zdt.AddConstraint("book", ONCE))

    assert run("SELECT 'once'::regclass::oid") == before
    assert constraints()["once"].definition == "UNIQUE (title)"


def test_rows_that_are_not_unique_are_named_and_nothing_is_left(history, run):
    run("UPDATE book SET title = 'same' WHERE id < 3")

    refused = refusal(history.apply, zdt.AddConstraint("book", ONCE))

    assert refused.code == "rows_not_unique"
    assert "same" in refused.params["detail"]
    assert "once" not in catalogue.indexes(connection, "book")


def test_a_unique_constraint_may_be_deferrable(history):
    later = models.UniqueConstraint(fields=["title"], name="later", deferrable=Deferrable.DEFERRED)
    history.apply(zdt.AddConstraint("book", later))
    assert constraints()["later"].definition == "UNIQUE (title) DEFERRABLE INITIALLY DEFERRED"
    history.apply(zdt.RemoveConstraint("book", "later"))
    assert "later" not in constraints()


def test_a_unique_constraint_may_take_nulls_for_equal(history, run):
    sole = models.UniqueConstraint(fields=["title"], name="sole", nulls_distinct=False)
    history.apply(zdt.AddConstraint("book", sole))
    assert constraints()["sole"].definition == "UNIQUE NULLS NOT DISTINCT (title)"
    again = History(migrations.SeparateDatabaseAndState(state_operations=[author(), book()]))
    again.apply(zdt.AddConstraint("book", sole))


def test_with_a_condition_or_an_expression_it_is_an_index(history):
    some = models.UniqueConstraint(fields=["title"], name="some", condition=Q(price__gt=0))
    low = models.UniqueConstraint(Lower("title"), name="low")
    history.apply(zdt.AddConstraint("book", some), zdt.AddConstraint("book", low))

    found = catalogue.indexes(connection, "book")
    assert found["some"].unique
    assert found["low"].unique
    assert not {"some", "low"} & set(constraints())
    history.apply(zdt.RemoveConstraint("book", "some"))
    history.undo()
    history.undo()
    assert not {"some", "low"} & set(catalogue.indexes(connection, "book"))


def test_what_must_be_built_under_a_lock_is_refused():
    alone = ExclusionConstraint(name="alone", expressions=[(F("price"), "=")])
    assert refusal(zdt.AddConstraint, "book", alone).code == "constraint_kind"


def test_not_null_comes_in_steps_and_goes(history, run):
    history.apply(zdt.SetNotNull("book", "title"))
    assert title().validated_not_null
    assert not [name for name in constraints() if name.startswith("zdt_")]
    assert history.is_clean(author(), book(null=False))

    history.apply(zdt.DropNotNull("book", "title"))
    assert title().nullable
    assert history.is_clean(author(), book())
    history.undo()
    assert title().validated_not_null
    history.undo()
    assert title().nullable


def test_not_null_does_not_look_at_rows_under_the_strong_lock(history, run):
    run("SET client_min_messages = debug1")
    notices = []
    connection.connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))

    history.apply(zdt.SetNotNull("book", "title"))

    run("RESET client_min_messages")
    assert any("sufficient to prove that it does not contain nulls" in text for text in notices)


def test_rows_that_are_null_are_named_and_it_goes_on_once_they_are_filled(history, run):
    run("UPDATE book SET title = NULL WHERE id = 3")

    refused = refusal(history.apply, zdt.SetNotNull("book", "title"))
    assert (refused.code, refused.params["rows"]) == ("rows_violate", "id 3")
    assert title().nullable
    run("UPDATE book SET price = 1")

    run("UPDATE book SET title = '' WHERE id = 3")
    history.apply(zdt.SetNotNull("book", "title"))
    assert title().validated_not_null


def test_columns_that_begin_alike_are_made_not_null_together(history, run):
    names = [f"{'é' * 31}{end}" for end in "ab"]
    for name in names:
        run(f'ALTER TABLE book ADD COLUMN "{name}" int DEFAULT 1')

    constraining.set_not_null(ddl.Editor(connection), "book", *names)

    found = catalogue.columns(connection, "book")
    assert all(found[name].validated_not_null for name in names)
    assert not any(name.startswith("zdt_") for name in catalogue.constraints(connection, "book"))


def test_of_columns_that_are_made_not_null_together_all_are_or_none(history, run):
    run("UPDATE book SET author_id = id; UPDATE book SET title = NULL WHERE id = 3")
    before = constraints()

    refused = refusal(
        constraining.set_not_null, ddl.Editor(connection), "book", "author_id", "title"
    )

    assert refused.code == "rows_violate"
    assert constraints() == before
    run("UPDATE book SET author_id = NULL")


def test_a_not_null_that_a_killed_run_left_half_done_goes_again(history, run):
    run("UPDATE book SET title = NULL WHERE id = 3")
    run("ALTER TABLE book ADD CONSTRAINT zdt_title_not_null CHECK (title IS NOT NULL) NOT VALID")

    assert refusal(history.apply, zdt.SetNotNull("book", "title")).code == "rows_violate"

    assert "zdt_title_not_null" not in constraints()


@pytest.mark.postgres_18
def test_not_null_that_was_never_validated_is_validated(history, run):
    run("ALTER TABLE book ADD CONSTRAINT named NOT NULL title NOT VALID")
    assert not title().validated_not_null

    history.apply(zdt.SetNotNull("book", "title"))

    assert title().validated_not_null


@pytest.mark.parametrize("step", range(3))
def test_not_null_goes_on_where_it_stopped(history, monkeypatch, step):
    stop_before(step, monkeypatch, "short", "scan")
    with pytest.raises(KeyboardInterrupt):
        history.apply(zdt.SetNotNull("book", "title"))
    monkeypatch.undo()

    history.apply(zdt.SetNotNull("book", "title"))

    assert title().validated_not_null
    assert not [name for name in constraints() if name.startswith("zdt_")]


def stop_before(step, monkeypatch, *names):
    """Ctrl-C before the statement number ``step``."""
    calls = []

    def counted(real):
        def call(*args, **kwargs):
            calls.append(1)
            if len(calls) == step + 1:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        return call

    for name in names:
        monkeypatch.setattr(ddl, name, counted(getattr(ddl, name)))


def test_a_foreign_key_gets_its_constraint_and_loses_it(history):
    history.apply(zdt.AddForeignKeyConstraint("book", "author"))
    (key,) = [c for c in constraints().values() if c.type == "f"]
    assert key.validated
    assert key.references == "scene.author"
    assert history.is_clean(author(), book(key=True))

    history.apply(zdt.RemoveForeignKeyConstraint("book", "author"))
    assert not [c for c in constraints().values() if c.type == "f"]
    history.undo()
    assert [c for c in constraints().values() if c.type == "f"]
    history.undo()
    assert history.is_clean(author(), book())


def test_a_foreign_key_that_is_there_counts_whatever_its_name(history, run):
    run("ALTER TABLE book ADD CONSTRAINT mine FOREIGN KEY (author_id) REFERENCES author NOT VALID")
    history.apply(zdt.AddForeignKeyConstraint("book", "author"))
    assert [(c.name, c.validated) for c in constraints().values() if c.type == "f"] == [
        ("mine", True)
    ]


def test_a_foreign_key_that_deletes_along_is_another_one(history, run):
    run(
        "ALTER TABLE book ADD CONSTRAINT mine FOREIGN KEY (author_id) REFERENCES author (id)"
        " ON DELETE CASCADE"
    )
    history.apply(zdt.AddForeignKeyConstraint("book", "author"))
    assert len([c for c in constraints().values() if c.type == "f"]) == 2


def test_ids_that_are_not_there_are_named(history, run):
    run("UPDATE book SET author_id = 42 WHERE id = 3")
    refused = refusal(history.apply, zdt.AddForeignKeyConstraint("book", "author"))
    assert (refused.code, refused.params["rows"]) == ("rows_violate", "id 3")
    assert "42" in refused.params["detail"]
    run("UPDATE book SET author_id = 42, price = 1")


def test_partitioned_tables_get_all_of_it(db_scene, run):
    run("CREATE TABLE author (id bigint PRIMARY KEY)")
    run(
        "CREATE TABLE book (id bigint, title varchar(80), price int, author_id bigint)"
        " PARTITION BY RANGE (id)"
    )
    for n in range(2):
        run(f"CREATE TABLE p{n} PARTITION OF book FOR VALUES FROM ({n}0) TO ({n + 1}0)")
    run("INSERT INTO book SELECT n, 'x', 1 FROM generate_series(0, 19) n")
    history = History(migrations.SeparateDatabaseAndState(state_operations=[author(), book()]))
    both = models.UniqueConstraint(fields=["id", "title"], name="both")

    history.apply(
        zdt.AddConstraint("book", CHEAP),
        zdt.AddConstraint("book", both),
        zdt.SetNotNull("book", "title"),
        zdt.AddForeignKeyConstraint("book", "author"),
    )

    for table in ("book", "p0", "p1"):
        found = {c.type: c for c in constraints(table).values() if c.type in "cuf"}
        assert set(found) == {"c", "u", "f"}
        assert all(c.validated for c in found.values())
        assert catalogue.columns(connection, table)["title"].validated_not_null
    assert catalogue.indexes(connection, "book")["both"].valid
    history.undo()
    assert {c.type for c in constraints("p1").values()} <= {"n"}


def test_all_of_it_can_be_printed_planned_written_and_squashed(history):
    assert history.sql(
        zdt.AddConstraint("book", CHEAP),
        zdt.AddConstraint("book", ONCE),
        zdt.SetNotNull("book", "title"),
        zdt.DropNotNull("book", "title"),
    ) == [
        'ALTER TABLE "book" ADD CONSTRAINT "cheap" CHECK ("price" < 100) NOT VALID;',
        'ALTER TABLE "book" VALIDATE CONSTRAINT "cheap";',
        'CREATE UNIQUE INDEX CONCURRENTLY "once" ON "book" ("title");',
        'ALTER TABLE "book" ADD CONSTRAINT "once" UNIQUE USING INDEX "once";',
        'ALTER TABLE "book" ADD CONSTRAINT "zdt_title_not_null" CHECK ("title" IS NOT NULL)'
        " NOT VALID;",
        'ALTER TABLE "book" VALIDATE CONSTRAINT "zdt_title_not_null";',
        'ALTER TABLE "book" ALTER COLUMN "title" SET NOT NULL;',
        'ALTER TABLE "book" DROP CONSTRAINT IF EXISTS "zdt_title_not_null";',
        'ALTER TABLE "book" ALTER COLUMN "title" DROP NOT NULL;',
    ]
    operations = [
        zdt.AddConstraint("book", ONCE),
        zdt.SetNotNull("book", "title"),
        zdt.AddForeignKeyConstraint("book", "author"),
    ]
    for operation in operations:
        again = written(operation)
        assert type(again) is type(operation)
        assert again.deconstruct() == operation.deconstruct()
        assert history.plan(operation)
    history.apply(*operations[:2], migrations.RemoveField("book", "title"))
    assert [type(op).__name__ for op in history.squashed()] == ["CreateModel", "CreateModel"]


def test_what_is_not_there_is_refused(history, run):
    for operation, code in (
        (zdt.SetNotNull("book", "titel"), "model_field_unknown"),
        (zdt.SetNotNull("bock", "title"), "model_unknown"),
        (zdt.RemoveConstraint("book", "none"), "constraint_unknown"),
        (zdt.AddConstraint("bock", CHEAP), "model_unknown"),
        (zdt.AddForeignKeyConstraint("book", "title"), "field_not_relation"),
    ):
        assert refusal(history.apply, operation).code == code
    run("ALTER TABLE book DROP COLUMN title")
    assert refusal(history.apply, zdt.SetNotNull("book", "title")).code == "column_missing"


def test_helpers_have_names_that_fit(history, run):
    long = "a" * 63
    run(f"ALTER TABLE book ADD {long} int DEFAULT 1")
    constraining.set_not_null(ddl.Editor(connection), "book", long)
    assert catalogue.columns(connection, "book")[long].validated_not_null
