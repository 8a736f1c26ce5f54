"""All plain operations one after the other, on a table that a site reads and writes meanwhile."""

import threading
from contextlib import contextmanager
from itertools import count

import pytest
from django.db import DatabaseError, migrations, models

from tests.deploy.schema.history import History
from zdt_core import gates
from zdt_core.events import Event
from zdt_core.jobs.models import Run
from zdt_deploy.schema import catalogue
from zdt_deploy.schema import operations as zdt
from zdt_deploy.schema.gates import STEP
from zdt_deploy.schema.models import SchemaChange

pytestmark = pytest.mark.long

OLD_RELEASE = (
    "INSERT INTO book (title, note, author_id) VALUES ('t' || {n}, 'n', 1 + {n} %% 50)",
    "UPDATE book SET title = title WHERE id = 1 + {n} %% 50000",
    "SELECT id, title, note FROM book WHERE id = 1 + {n} %% 50000",
    "UPDATE author SET name = 'a' WHERE id = 1 + {n} %% 50",
    "BEGIN; SELECT title FROM book WHERE id = {n}; SELECT pg_sleep(0.1); COMMIT",
    "DELETE FROM book WHERE id = 60000 + {n}",
)


@pytest.fixture
def history(db_scene, run, monkeypatch, settings):
    monkeypatch.setitem(gates._conditions, STEP, {})
    settings.ZDT_SCHEMA_LOCK_SECONDS = 0.1
    settings.ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = 60.0
    made = History(
        migrations.CreateModel(
            "Author",
            [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())],
            {"db_table": "author"},
        ),
        migrations.CreateModel(
            "Book",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("title", models.TextField(null=True)),
                ("note", models.TextField()),
                ("author", models.ForeignKey("shelf.Author", models.CASCADE, null=True)),
            ],
            {"db_table": "book"},
        ),
    )
    run("INSERT INTO author (name) SELECT 'a' FROM generate_series(1, 50)")
    run(
        "INSERT INTO book (title, note, author_id)"
        " SELECT 'title ' || n, 'n', 1 + n % 50 FROM generate_series(1, 50000) n"
    )
    yield made
    for model in (SchemaChange, Event, Run):
        model.objects.all().delete()


@pytest.fixture
def site(session):
    """A site of the old release at work: ``with site() as failures``; no statement of it waits for
    a lock for as long as a second."""

    @contextmanager
    def at_work():
        stop, failures, done, numbers = threading.Event(), [], [], count(1)

        def serve(statement):
            mine = session()
            with mine.cursor() as cursor:
                cursor.execute("SET lock_timeout = '1s'")
                while not stop.is_set():
                    try:
                        cursor.execute(statement.format(n=next(numbers)).replace("%%", "%"))
                    except DatabaseError as error:
                        failures.append(error)
                    done.append(statement)
                    stop.wait(0.002)

        visitors = [threading.Thread(target=serve, args=[statement]) for statement in OLD_RELEASE]
        for visitor in visitors:
            visitor.start()
        try:
            yield failures
        finally:
            stop.set()
            for visitor in visitors:
                visitor.join()
        assert len(done) > 100

    return at_work


def test_no_statement_of_the_release_before_fails_or_waits(history, site, db_scene, run):
    by_title = models.Index(fields=["title"], name="by_title")
    few = models.CheckConstraint(condition=models.Q(stock__gte=0), name="few")
    once = models.UniqueConstraint(fields=["id", "title"], name="once")
    editor_key = models.ForeignKey("shelf.Author", models.CASCADE, null=True, related_name="+")
    with site() as failures:
        history.apply(
            zdt.AddFieldWithDefault("book", "stock", models.IntegerField(db_default=1)),
            zdt.AddIndexConcurrently("book", by_title),
            zdt.AddConstraint("book", few),
            zdt.AddConstraint("book", once),
            zdt.SetNotNull("book", "title"),
            zdt.AddForeignKey("book", "editor", editor_key),
        )
        history.apply(
            zdt.RetireField("book", "note"),
            zdt.RetireField("book", "author"),
        )
    assert failures == []
    found = catalogue.columns(db_scene, "book")
    assert found["title"].validated_not_null
    assert found["stock"].validated_not_null
    assert all(
        c.validated for n, c in catalogue.constraints(db_scene, "book").items() if n == "few"
    )

    history.apply(zdt.DropField("book", "note"), zdt.DropField("book", "author", "author_id"))
    history.undo()
    run("UPDATE book SET note = ''")
    history.undo().undo()
    assert set(catalogue.columns(db_scene, "book")) == {"id", "title", "note", "author_id"}
