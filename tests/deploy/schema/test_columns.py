import uuid

import pytest
from django.db import connection, migrations, models
from django.db.models.functions import Now

from tests.deploy.schema.history import History, written
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, ddl
from zdt_deploy.schema import operations as zdt


def author():
    return migrations.CreateModel(
        "Author", [("id", models.BigAutoField(primary_key=True))], {"db_table": "author"}
    )


def book(**fields):
    return migrations.CreateModel(
        "Book",
        [("id", models.BigAutoField(primary_key=True)), *fields.items()],
        {"db_table": "book"},
    )


@pytest.fixture
def history(db_scene, run):
    made = History(author(), book(title=models.TextField()))
    run("INSERT INTO book (title) SELECT 'title ' || n FROM generate_series(1, 9) n")
    return made


def column(name):
    return catalogue.columns(connection, "book").get(name)


def refusal(call, *args):
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value


def plan_field(**options):
    return models.CharField(max_length=20, db_default="legacy 100%", **options)


def key_field(kind=models.ForeignKey, **options):
    return kind("shelf.Author", models.CASCADE, **{"null": True, **options})


def test_old_code_goes_on_writing_without_the_column(history, run):
    history.apply(zdt.AddFieldWithDefault("book", "plan", plan_field()))

    run("INSERT INTO book (title) VALUES ('by the old release')")

    assert run("SELECT DISTINCT plan FROM book") == [("legacy 100%",)]
    assert column("plan").validated_not_null
    assert history.model("book").objects.create(title="by the new one", plan="pro").plan == "pro"
    assert history.is_clean(author(), book(title=models.TextField(), plan=plan_field()))
    history.undo()
    assert column("plan") is None


def test_rows_are_not_written_for_a_default(history, run):
    before = run("SELECT pg_relation_filenode('book')")
    history.apply(
        zdt.AddFieldWithDefault("book", "at", models.DateTimeField(db_default=Now())),
        zdt.AddFieldWithDefault("book", "stock", models.PositiveIntegerField(db_default=0)),
    )
    assert run("SELECT pg_relation_filenode('book')") == before
    assert {c.name for c in catalogue.constraints(connection, "book").values() if c.validated} >= {
        "book_stock_check"
    }


def test_a_default_that_differs_from_row_to_row_is_refused_with_the_three_steps(history):
    class RandomUUID(models.Func):
        function, template, output_field = "gen_random_uuid", "%(function)s()", models.UUIDField()

    field = models.UUIDField(db_default=RandomUUID())

    refused = refusal(history.apply, zdt.AddFieldWithDefault("book", "token", field))

    assert refused.code == "default_volatile"
    assert "null=True" in str(refused)
    assert column("token") is None


def test_a_default_in_python_is_not_enough():
    field = models.UUIDField(default=uuid.uuid4)
    refused = refusal(zdt.AddFieldWithDefault, "book", "token", field)
    assert refused.code == "default_missing"


def test_its_index_and_uniqueness_are_built_beside_the_site(history, monkeypatch):
    built = []
    real = ddl.concurrently

    def concurrently(editor, statement, **options):
        built.append(statement)
        real(editor, statement, **options)

    monkeypatch.setattr(ddl, "concurrently", concurrently)
    history.apply(
        zdt.AddFieldWithDefault("book", "plan", plan_field(db_index=True)),
        zdt.AddForeignKey("book", "author", key_field(models.OneToOneField)),
    )

    assert len(built) == 3
    found = catalogue.constraints(connection, "book").values()
    assert {c.type for c in found if c.columns == ("author_id",)} == {"u", "f"}
    fresh = {index.shape for index in catalogue.indexes(connection, "book").values()}
    assert "btree (plan varchar_pattern_ops)" in fresh


def test_the_indexes_have_the_names_that_django_would_give_them(history, run):
    history.apply(
        zdt.AddFieldWithDefault("book", "plan", plan_field(db_index=True)),
        zdt.AddForeignKey("book", "author", key_field()),
    )
    ours = names(run)
    history.undo()
    history.apply(
        migrations.AddField("book", "plan", plan_field(db_index=True)),
        migrations.AddField("book", "author", key_field()),
    )
    assert names(run) == ours


def names(run):
    return run(
        "SELECT relname FROM pg_class JOIN pg_index ON indexrelid = oid"
        " WHERE indrelid = 'book'::regclass"
        " UNION SELECT conname FROM pg_constraint WHERE conrelid = 'book'::regclass"
        " AND contype <> 'n' ORDER BY 1"
    )


def test_a_foreign_key_is_added_without_locking_either_table_for_long(history, run):
    history.apply(zdt.AddForeignKey("book", "author", key_field()))

    run("INSERT INTO book (title) VALUES ('by the old release')")
    (key,) = [c for c in catalogue.constraints(connection, "book").values() if c.type == "f"]
    assert key.validated
    assert "DEFERRABLE INITIALLY DEFERRED" in key.definition
    assert history.is_clean(author(), book(title=models.TextField(), author=key_field()))
    history.undo()
    assert column("author_id") is None


def test_a_foreign_key_that_old_code_would_have_to_fill_is_refused():
    refused = refusal(zdt.AddForeignKey, "book", "author", key_field(null=False))
    assert refused.code == "foreign_key_not_null"
    text = models.TextField(null=True)
    assert refusal(zdt.AddForeignKey, "book", "title", text).code == "field_not_relation"


@pytest.mark.parametrize("step", range(4))
def test_it_goes_on_where_it_stopped(history, monkeypatch, step):
    calls = []

    def counted(real):
        def call(*args, **kwargs):
            calls.append(1)
            if len(calls) == step + 1:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        return call

    for name in ("short", "scan", "concurrently"):
        monkeypatch.setattr(ddl, name, counted(getattr(ddl, name)))
    operation = zdt.AddForeignKey("book", "author", key_field())
    with pytest.raises(KeyboardInterrupt):
        history.apply(operation)
    monkeypatch.undo()

    history.apply(operation)

    (key,) = [c for c in catalogue.constraints(connection, "book").values() if c.type == "f"]
    assert key.validated
    assert any("author_id" in i.shape for i in catalogue.indexes(connection, "book").values())


def test_a_column_of_another_type_that_is_there_is_refused(history, run):
    run("ALTER TABLE book ADD plan int")
    operation = zdt.AddFieldWithDefault("book", "plan", plan_field())
    assert refusal(history.apply, operation).code == "column_differs"
    run("ALTER TABLE book DROP plan, ADD plan varchar(20)")
    assert refusal(history.apply, operation).code == "column_without_default"


def test_a_column_that_something_hangs_on_is_not_dropped_backwards(history, run):
    history.apply(zdt.AddFieldWithDefault("book", "plan", plan_field()))
    run("CREATE VIEW plans AS SELECT plan FROM book")

    refused = refusal(history.undo)

    assert refused.code == "column_has_dependents"
    assert "view plans" in str(refused)
    run("DROP VIEW plans")
    history.undo()


def test_comments_and_collations_come_along(history, run):
    field = models.TextField(db_default="it's", db_comment="50% off, 'really'", db_collation="C")
    history.apply(zdt.AddFieldWithDefault("book", "note", field))
    assert run("SELECT col_description('book'::regclass, 3)") == [("50% off, 'really'",)]
    assert run('SELECT note COLLATE "C" FROM book LIMIT 1') == [("it's",)]


def test_partitioned_tables_get_columns_and_keys(db_scene, run):
    run("CREATE TABLE author (id bigint PRIMARY KEY)")
    run("CREATE TABLE book (id bigint, title text) PARTITION BY RANGE (id)")
    run("CREATE TABLE p0 PARTITION OF book FOR VALUES FROM (0) TO (10)")
    history = History(
        migrations.SeparateDatabaseAndState(
            state_operations=[author(), book(title=models.TextField())]
        )
    )
    history.apply(
        zdt.AddFieldWithDefault("book", "plan", plan_field(db_index=True)),
        zdt.AddForeignKey("book", "author", key_field()),
    )
    assert {"plan", "author_id"} <= set(catalogue.columns(connection, "p0"))
    assert [c.validated for c in catalogue.constraints(connection, "p0").values() if c.type == "f"]
    history.undo()
    assert "plan" not in catalogue.columns(connection, "p0")


def test_it_can_be_printed_written_and_squashed(history):
    plan = zdt.AddFieldWithDefault("book", "plan", plan_field())
    key = zdt.AddForeignKey("book", "author", key_field())
    printed = history.sql(plan, key)
    assert printed[0] == (
        'ALTER TABLE "book" ADD COLUMN "plan" varchar(20) DEFAULT \'legacy 100%\' NOT NULL;'
    )
    assert printed[1] == 'ALTER TABLE "book" ADD COLUMN "author_id" bigint NULL;'
    assert printed[2].startswith("CREATE INDEX CONCURRENTLY")
    assert printed[3].endswith("NOT VALID;")
    assert "VALIDATE CONSTRAINT" in printed[4]
    for operation in (plan, key):
        assert type(written(operation)) is type(operation)
    history.apply(plan, key)
    assert [type(op).__name__ for op in history.squashed()] == ["CreateModel", "CreateModel"]
