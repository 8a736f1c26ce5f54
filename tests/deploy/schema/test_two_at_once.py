"""Two processes apply the same migration at the same moment."""

import threading

import pytest
from django.db import connection, connections, migrations, models

from tests.deploy.schema.history import History
from zdt_deploy.schema import catalogue
from zdt_deploy.schema import operations as zdt

pytestmark = pytest.mark.long


def shelf():
    return [
        migrations.CreateModel(
            "Author", [("id", models.BigAutoField(primary_key=True))], {"db_table": "author"}
        ),
        migrations.CreateModel(
            "Book",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("title", models.TextField(null=True)),
                ("price", models.IntegerField(default=0)),
            ],
            {"db_table": "book"},
        ),
    ]


CHANGES = {
    "column": lambda: zdt.AddFieldWithDefault("book", "stock", models.IntegerField(db_default=1)),
    "check": lambda: zdt.AddConstraint(
        "book", models.CheckConstraint(condition=models.Q(price__lt=100), name="cheap")
    ),
    "unique": lambda: zdt.AddConstraint(
        "book", models.UniqueConstraint(fields=["title"], name="once")
    ),
    "not null": lambda: zdt.SetNotNull("book", "title"),
    "index": lambda: zdt.AddIndexConcurrently("book", models.Index(fields=["title"], name="by")),
    "key": lambda: zdt.AddForeignKey(
        "book", "author", models.ForeignKey("shelf.Author", models.CASCADE, null=True)
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_both_succeed(db_scene, run, elsewhere, name, settings):
    settings.ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = 30.0
    History(*shelf())
    run("INSERT INTO book (title, price) SELECT 'title ' || n, 1 FROM generate_series(1, 20000) n")
    outcomes = []
    together = threading.Barrier(2)

    def apply(alias):
        history = History(using=connections[alias])
        history.apply(migrations.SeparateDatabaseAndState(state_operations=shelf()))
        together.wait(30)
        history.apply(CHANGES[name]())
        outcomes.append(alias)

    def apply_there():
        try:
            apply("elsewhere")
        finally:
            connections.close_all()  # this thread's

    other = threading.Thread(target=apply_there)
    other.start()
    try:
        apply("default")
    finally:
        other.join()  # it has to close its connection while its alias is known

    assert len(outcomes) == 2
    assert all(i.valid for i in catalogue.indexes(connection, "book").values())
    again = History(migrations.SeparateDatabaseAndState(state_operations=shelf()))
    again.apply(CHANGES[name]())
    found = catalogue.constraints(connection, "book").values()
    assert all(c.validated for c in found)
    assert not [c.name for c in found if c.name.startswith("zdt_")]
