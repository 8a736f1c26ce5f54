"""The whole way by the real engine: on the alias of zdt's own tables, and on another one.

There, the table is in the open for other sessions, while the records are in the test's transaction:
nothing that is done to the table can commit together with its record.
"""

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.deploy.factories import alive
from tests.deploy.schema import trial
from tests.deploy.schema.trial import ADA, KEY, TABLE, fresh, pair
from zdt_core import database, fleet
from zdt_core.fleet import activity
from zdt_core.jobs.models import Run
from zdt_core.jobs.work import run_slice
from zdt_deploy.schema import (
    catalogue,
    certificates,
    changes,
    contracting,
    ddl,
    steering,
    triggers,
    watching,
)
from zdt_deploy.schema.models import SchemaChange

pytestmark = pytest.mark.django_db
OTHER = "archive"


@pytest.fixture
def elsewhere(db, monkeypatch):
    """Another alias of the test database, in autocommit."""

    def connect(self):
        if self.connection is None:
            self.connect()

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", connect)  # tests refuse others
    monkeypatch.setitem(connections.databases, OTHER, {**connections["default"].settings_dict})
    found = connections[OTHER]
    yield found
    with found.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"DROP FUNCTION IF EXISTS {pair().function}()")
    found.close()
    del connections[OTHER]


@pytest.fixture(params=["default", OTHER])
def connection(db, request):
    return (
        request.getfixturevalue("elsewhere") if request.param == OTHER else connections["default"]
    )


@pytest.fixture(autouse=True)
def _nobody_else(monkeypatch, settings):
    settings.ZDT_SERVICE, settings.ZDT_VERSION = "shop", "2.0"
    settings.ZDT_SCHEMA_OBSERVE_SECONDS = 0.0
    monkeypatch.setattr(fleet, "strangers", lambda alias: [])
    monkeypatch.setattr(contracting, "_kinds", {})
    contracting.register("rename", _drop, reverse=_bring_back)


def _drop(editor, spec):
    for statement in [
        *triggers.removal(editor, pair()), f"ALTER TABLE {TABLE} DROP COLUMN IF EXISTS old",
    ]:  # fmt: skip
        editor.execute(statement, params=None)


def _bring_back(editor, spec):
    editor.execute(f"ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS old text", params=None)
    for statement in triggers.statements(editor, pair()):
        editor.execute(statement, params=None)


def expand(connection, rows):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, old text, new text)")
        cursor.execute(
            f"INSERT INTO {TABLE} (old) SELECT 'r' || n FROM generate_series(1, {rows}) n"
        )
        for statement in triggers.statements(ddl.Editor(connection), pair()):
            cursor.execute(statement)
    return changes.expand(
        connection, key=KEY, kind="rename", app_label="shop", model_name="Trial", table=TABLE,
        spec={"pair": pair().to_json()}, born_empty=rows == 0, actor=ADA,
    )  # fmt: skip


def let_workers_work(rounds=60):
    """Slices of whatever is ready, as rung for, until nothing of backfills and changes is."""
    for _round in range(rounds):
        ready = Run.objects.filter(state="ready", kind__regex="^(backfill|schema.follow)")
        ready.update(due_at=database.Now())
        found = list(ready.values_list("pk", flat=True))
        if not found:
            return
        for pk in found:
            run_slice(pk)


def ask(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_a_column_goes_from_expanded_to_contracted_and_back(connection):
    change = expand(connection, 50)
    let_workers_work()
    change = fresh(change)
    assert (change.phase, change.problem, change.alias) == ("verified", "", connection.alias)
    assert certificates.valid(change).rows == 50

    changes.require_switch(connection, KEY)
    changes.switched(connection, KEY)
    ask(connection, f"UPDATE {TABLE} SET new = 'n' || id RETURNING 1")
    alive("2.0")
    assert contracting.contract_or_owe(connection, KEY)
    assert "old" not in catalogue.columns(connection, TABLE)

    contracting.contract_reversed(connection, KEY)
    assert fresh(change).phase == "switched"
    let_workers_work()
    assert ask(connection, f"SELECT count(*) FROM {TABLE} WHERE old = new AND old LIKE 'n%'") == [
        (50,)
    ]
    assert certificates.valid(fresh(change)) is not None
    assert changes.switch_reversed(connection, KEY).phase == "verified"


def test_rows_that_differ_are_found_and_repaired_by_the_engine(connection):
    change = expand(connection, 20)
    let_workers_work()
    trigger = pair().trigger
    for statement in (
        f"ALTER TABLE {TABLE} DISABLE TRIGGER {trigger}",
        f"UPDATE {TABLE} SET new = NULL WHERE id % 2 = 0",
        f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {trigger}",
    ):
        with connection.cursor() as cursor:
            cursor.execute(statement)
    steering.verify(fresh(change), actor=ADA)
    let_workers_work()
    assert fresh(change).problem_params["different"] == 10

    steering.repair(fresh(change), actor=ADA)
    let_workers_work()

    assert (fresh(change).phase, fresh(change).problem) == ("verified", "")
    assert ask(connection, f"SELECT count(*) FROM {TABLE} WHERE old = new") == [(20,)]


def test_a_table_that_was_dropped_by_hand_is_made_anew_and_repaired(elsewhere):
    """As docs/operations/schema.md says."""
    change = expand(elsewhere, 3)
    let_workers_work()
    with elsewhere.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")
    assert watching.look(change.pk) == "schema_table_missing"
    with elsewhere.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, old text, new text)")

    steering.repair(fresh(change), actor=ADA)
    let_workers_work()

    assert (fresh(change).phase, fresh(change).problem) == ("verified", "")
    changes.require_switch(elsewhere, KEY)
    changes.expand_reversed(elsewhere, KEY, actor=ADA)


def test_a_new_region_runs_everything_at_once(connection):
    change = expand(connection, 0)
    changes.require_switch(connection, KEY)
    changes.switched(connection, KEY)

    assert contracting.contract_or_owe(connection, KEY)

    assert fresh(change).phase == "contracted"
    assert SchemaChange.objects.filter(alias=connection.alias).count() == 1
    assert trial.told()[-1] == "schema.contracted"


def test_sessions_of_another_alias_are_read_there(elsewhere):
    """Nobody sees itself, so the session that asks there is seen from here only."""
    with elsewhere.cursor() as cursor:
        cursor.execute("SET application_name = 'asks elsewhere'")

    assert "asks elsewhere" in {session.name for session in activity.sessions()}
    assert "asks elsewhere" not in {session.name for session in activity.sessions(OTHER)}
