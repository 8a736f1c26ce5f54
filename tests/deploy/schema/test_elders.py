"""After the switch, the models let go of what holds for the old column and its twin."""

from __future__ import annotations

import pytest
from django.db import connection, migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower

from tests.deploy.schema import releases
from tests.deploy.schema.history import History
from tests.deploy.schema.releases import change, prove, shape
from zdt_deploy.schema import catalogue
from zdt_deploy.schema import operations as zdt

NAMES = ("job", "status", "state")
KEY = "shelf.job.status>state"


@pytest.fixture
def switched(db_scene, run, monkeypatch):
    """Takes Meta's options; gives the history of the table up to the switch."""
    releases.open_gate(monkeypatch)

    def make(**options):
        fields = [
            ("id", models.BigAutoField(primary_key=True)),
            ("status", models.CharField(max_length=10)),
            ("n", models.IntegerField(default=0)),
        ]
        history = History(migrations.CreateModel("Job", fields, {"db_table": "job", **options}))
        run("INSERT INTO job (status, n) VALUES ('a', 1), ('b', 2)")
        history.before = shape("job")
        history.apply(zdt.ExpandRenameField(*NAMES))
        prove(KEY)
        history.apply(zdt.SwitchRenameField(*NAMES))
        return history

    yield make
    releases.forget()


def test_a_check_that_becomes_wider_holds_no_more_as_it_was(switched, run):
    known = Q(status__in=["a", "b"])
    history = switched(constraints=[models.CheckConstraint(condition=known, name="known")])
    wider = models.CheckConstraint(condition=Q(state__in=["a", "b", "c"]), name="known")

    history.apply(zdt.RemoveConstraint("job", "known")).apply(zdt.AddConstraint("job", wider))
    run("INSERT INTO job (state, n) VALUES ('c', 3)")
    history.apply(zdt.ContractRenameField(*NAMES))

    checks = [c for c in catalogue.constraints(connection, "job").values() if c.type == "c"]
    assert [(c.name, "'c'" in c.definition, c.validated) for c in checks] == [("known", True, True)]
    assert change(KEY).phase == "contracted"


def test_a_unique_constraint_that_goes_takes_its_twin_along(switched, run):
    one = models.UniqueConstraint(fields=["status"], name="one")
    history = switched(constraints=[one])

    history.apply(zdt.RemoveConstraint("job", "one"))
    run("INSERT INTO job (state, n) VALUES ('a', 3)")
    two = models.UniqueConstraint(fields=["state", "n"], name="one")
    history.apply(zdt.AddConstraint("job", two)).apply(zdt.ContractRenameField(*NAMES))

    assert catalogue.constraints(connection, "job")["one"].columns == ("state", "n")


def test_an_index_of_other_columns_may_take_the_name_of_one_that_went(switched):
    history = switched(indexes=[models.Index(fields=["status"], name="by_status")])
    other = models.Index(fields=["state", "n"], name="by_status")

    history.apply(zdt.RemoveIndexConcurrently("job", "by_status"))
    history.apply(zdt.AddIndexConcurrently("job", other)).apply(zdt.ContractRenameField(*NAMES))

    there = catalogue.indexes(connection, "job")
    assert set(there) == {"job_pkey", "by_status"}
    assert "(state, n)" in there["by_status"].definition


@pytest.mark.parametrize(
    "rule",
    [
        {"fields": ["n"], "condition": Q(status__isnull=True)},
        {"expressions": [Lower("status"), F("n")]},
    ],
)
def test_a_unique_index_that_django_takes_away_itself_takes_its_twin_along(switched, run, rule):
    expressions = rule.pop("expressions", [])
    history = switched(constraints=[models.UniqueConstraint(*expressions, **rule, name="one")])

    history.apply(migrations.RemoveConstraint("job", "one"))
    history.apply(zdt.ContractRenameField(*NAMES))

    assert set(catalogue.indexes(connection, "job")) == {"job_pkey"}
    run("INSERT INTO job (state, n) VALUES ('c', 5), ('C', 5)")


TAKEN_OUT = {
    "index": (
        {"indexes": [models.Index(fields=["status"], name="one")]},
        lambda: zdt.RemoveIndexConcurrently("job", "one"),
    ),
    "index by django": (
        {"indexes": [models.Index(fields=["status"], name="one")]},
        lambda: migrations.RemoveIndex("job", "one"),
    ),
    "unique": (
        {"constraints": [models.UniqueConstraint(fields=["status"], name="one")]},
        lambda: zdt.RemoveConstraint("job", "one"),
    ),
    "unique by django": (
        {"constraints": [models.UniqueConstraint(fields=["status"], name="one")]},
        lambda: migrations.RemoveConstraint("job", "one"),
    ),
    "partial": (
        {"constraints": [models.UniqueConstraint(fields=["status"], condition=Q(n=1), name="one")]},
        lambda: zdt.RemoveConstraint("job", "one"),
    ),
    "check": (
        {"constraints": [models.CheckConstraint(condition=Q(status__gte="a"), name="one")]},
        lambda: zdt.RemoveConstraint("job", "one"),
    ),
}


@pytest.mark.parametrize("what", TAKEN_OUT)
def test_what_was_taken_out_after_the_switch_is_there_again_after_going_back(switched, what):
    options, removal = TAKEN_OUT[what]
    history = switched(**options)

    history.apply(removal())
    history.undo().undo().undo()

    assert shape("job") == history.before
