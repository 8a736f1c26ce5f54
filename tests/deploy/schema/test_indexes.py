import pytest
from django.db import connection, migrations, models
from django.db.models.functions import Lower

from tests.deploy.schema.history import History, written
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, ddl, indexing
from zdt_deploy.schema import operations as zdt

BY_TITLE = models.Index(fields=["title"], name="by_title")


def book(**options):
    return migrations.CreateModel(
        "Book",
        [("id", models.BigAutoField(primary_key=True)), ("title", models.CharField(max_length=80))],
        {"db_table": "book", **options},
    )


@pytest.fixture
def history(db_scene):
    return History(book())


@pytest.fixture
def told(monkeypatch):
    codes = []
    monkeypatch.setattr(ddl, "tell", lambda code, **params: codes.append((code, params)))
    return codes


def indexes(table="book"):
    return catalogue.indexes(connection, table)


def add(index=BY_TITLE):
    return zdt.AddIndexConcurrently("book", index)


def test_an_index_comes_goes_and_leaves_the_models_in_step(history):
    history.apply(add())
    assert indexes()["by_title"].valid
    assert history.is_clean(book(indexes=[BY_TITLE]))

    history.apply(zdt.RemoveIndexConcurrently("book", "by_title"))
    assert "by_title" not in indexes()
    assert history.is_clean(book())

    history.undo()
    assert "by_title" in indexes()
    history.undo()
    assert "by_title" not in indexes()


def test_all_that_django_can_say_of_an_index_is_kept(history):
    odd = models.Index(
        Lower("title").desc(), "id", name="odd", condition=models.Q(title__gt="10%"), include=["id"]
    )
    history.apply(add(odd))
    definition = indexes()["odd"].definition
    for part in ("lower((title)::text) DESC", "INCLUDE (id)", "'10%'"):
        assert part in definition
    history.undo().apply(add(odd))


def test_a_migration_in_a_transaction_is_refused(history):
    with pytest.raises(Refused, match="atomic = False"):
        history.apply(add(), atomic=True)


def test_an_index_that_is_there_is_taken_as_it_is(history, run):
    run("CREATE INDEX by_title ON book (title)")
    before = run("SELECT 'by_title'::regclass::oid")

    history.apply(add())

    assert run("SELECT 'by_title'::regclass::oid") == before


def test_another_index_of_that_name_is_refused(history, run):
    run("CREATE UNIQUE INDEX by_title ON book (title)")

    with pytest.raises(Refused) as refused:
        history.apply(add())

    assert refused.value.code == "index_differs"
    assert "UNIQUE INDEX by_title" in str(refused.value)


def test_something_else_of_that_name_is_refused(history, run):
    run("CREATE TABLE by_title ()")

    with pytest.raises(Refused, match="Something else") as refused:
        history.apply(add())

    assert refused.value.code == "index_name_taken"


def test_an_invalid_leftover_is_dropped_and_built_again(history, run, told):
    run("CREATE INDEX by_title ON book (title)")
    run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_title'::regclass")
    before = run("SELECT 'by_title'::regclass::oid")

    history.apply(add())

    assert indexes()["by_title"].valid
    assert run("SELECT 'by_title'::regclass::oid") != before
    assert [code for code, _ in told] == ["index_rebuilt"]


def test_leftovers_of_a_reindex_are_reported(history, run, told):
    run("CREATE INDEX other_ccnew1 ON book (title)")
    run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'other_ccnew1'::regclass")

    history.apply(add())

    assert told == [("index_leftovers", {"table": "book", "indexes": "other_ccnew1"})]


def test_an_index_that_somebody_builds_right_now_is_not_torn_down(history, holding, session):
    import threading

    holder = holding("INSERT INTO book (title) VALUES ('x')")
    builder = session()

    def build():
        with builder.cursor() as cursor:
            cursor.execute("CREATE INDEX CONCURRENTLY by_title ON book (title)")

    other = threading.Thread(target=build)
    other.start()
    while not indexes().get("by_title"):
        pass
    with pytest.raises(Refused) as refused:
        history.apply(add())
    holder.close()
    other.join()

    assert refused.value.code == "index_being_built"
    assert str(builder.connection.info.backend_pid) in refused.value.params["pids"]
    assert indexes()["by_title"].valid
    history.apply(add())


def test_each_partition_gets_its_own_index_and_the_parent_is_made_of_them(history, run):
    partitioned(run)
    run("CREATE INDEX made_by_hand ON part_1 (title)")

    history.apply(add())

    assert indexes("book")["by_title"].valid
    assert all(i.valid for name in ("part_1", "part_2", "part_2a") for i in indexes(name).values())
    assert "made_by_hand" in indexes("part_1")
    assert len(indexes("part_1")) == 1
    history.undo()
    assert indexes("part_2a") == {}


def test_a_partitioned_build_goes_on_where_it_stopped(history, run, monkeypatch):
    partitioned(run)
    attach, calls = indexing._own_index, []

    def stop(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return attach(*args)

    monkeypatch.setattr(indexing, "_own_index", stop)
    with pytest.raises(KeyboardInterrupt):
        history.apply(add())
    assert not indexes("book")["by_title"].valid

    history.apply(add())

    assert indexes("book")["by_title"].valid


def partitioned(run):
    run("DROP TABLE book")
    run("CREATE TABLE book (id bigint, title varchar(80)) PARTITION BY RANGE (id)")
    run("CREATE TABLE part_1 PARTITION OF book FOR VALUES FROM (0) TO (10)")
    run("CREATE TABLE part_2 PARTITION OF book FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id)")
    run("CREATE TABLE part_2a PARTITION OF part_2 DEFAULT")
    run("INSERT INTO book SELECT n, 'x' FROM generate_series(0, 19) n")


def test_names_that_are_not_there_are_refused_with_the_nearest(history, run):
    for operation, code in (
        (zdt.AddIndexConcurrently("bock", BY_TITLE), "model_unknown"),
        (zdt.RemoveIndexConcurrently("book", "by_titel"), "index_unknown"),
    ):
        with pytest.raises(Refused) as refused:
            history.apply(operation)
        assert refused.value.code == code
    run("DROP TABLE book")
    with pytest.raises(Refused) as refused:
        history.apply(add())
    assert refused.value.code == "table_missing"


def test_a_router_keeps_the_index_away(history, settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.Elsewhere"]

    history.apply(add())

    assert "by_title" not in indexes()


class Elsewhere:
    def allow_migrate(self, db, app_label, **hints):
        return False


def test_sqlmigrate_plan_and_squashing_work(history):
    assert history.sql(add(), zdt.RemoveIndexConcurrently("book", "by_title")) == [
        'CREATE INDEX CONCURRENTLY "by_title" ON "book" ("title");',
        'DROP INDEX CONCURRENTLY IF EXISTS "by_title";',
    ]
    assert history.plan(add()) == ["Add the index by_title to book concurrently"]
    history.apply(add())
    assert [type(op).__name__ for op in history.squashed()] == ["CreateModel"]
    again = written(add())
    assert type(again) is zdt.AddIndexConcurrently
    assert again.index == BY_TITLE
