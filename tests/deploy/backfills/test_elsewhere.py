"""A table on another alias than zdt's: its data commits first, and may come twice."""

from __future__ import annotations

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.deploy.backfills.tables import finish, hurry, run_due, start
from zdt_core.jobs.models import Run
from zdt_deploy import backfills
from zdt_deploy.backfills import kinds, lanes, places
from zdt_deploy.backfills.kinds import Done, Work
from zdt_deploy.backfills.models import Backfill

pytestmark = pytest.mark.django_db
State = Backfill.State
OTHER = "archive"


@pytest.fixture
def elsewhere(monkeypatch):
    """Another alias of the test database, in autocommit, with a table."""

    def connect(self):
        if self.connection is None:
            self.connect()

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", connect)  # tests refuse others
    monkeypatch.setitem(connections.databases, OTHER, {**connections["default"].settings_dict})

    def query(sql):
        with connections[OTHER].cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    query(
        "DROP TABLE IF EXISTS far; CREATE TABLE far (id int PRIMARY KEY, old text, new text);"
        "INSERT INTO far SELECT g, 'o' || g FROM generate_series(1, 60) g"
    )
    yield query
    query("DROP TABLE IF EXISTS far")
    connections[OTHER].close()
    del connections[OTHER]


def left(query):
    return query("SELECT count(*) FROM far WHERE new IS DISTINCT FROM old")[0][0]


def test_every_row_is_brought_in_step(elsewhere):
    done = finish(start("far", alias=OTHER))

    assert (done.state, done.rows_done, left(elsewhere)) == (State.SUCCEEDED, 60, 0)


def test_what_was_committed_there_and_lost_here_is_done_again(elsewhere, monkeypatch):
    row = start("far", alias=OTHER)
    run_due()
    advance = places.advance

    def die(*args):
        raise SystemExit

    monkeypatch.setattr(places, "advance", die)
    with pytest.raises(SystemExit):
        run_due()
    assert left(elsewhere) == 40
    monkeypatch.setattr(places, "advance", advance)

    done = finish(row)

    assert (done.rows_done, done.rows_changed, left(elsewhere)) == (60, 40, 0)


def test_a_holder_that_has_lost_its_lease_writes_nothing_there(elsewhere, monkeypatch):
    row = start("far", alias=OTHER)
    run_due()
    take = lanes.Lane._take

    def lose(self):
        taken = take(self)
        Run.objects.filter(pk=self.slice.run_id).update(token=self.slice.token + 1)
        return taken

    monkeypatch.setattr(lanes.Lane, "_take", lose)
    run_due()

    assert left(elsewhere) == 60
    assert row.row_errors.count() == 0


def test_a_commit_there_reaches_the_disk_before_the_cursor(elsewhere, monkeypatch):
    seen = []

    class Asking(Work):
        def do(self, batch):
            with batch.connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('synchronous_commit')")
                seen.append((batch.connection.alias, cursor.fetchone()[0]))
            return Done()

    monkeypatch.setattr(kinds, "_factories", {"asking": lambda spec: Asking()})

    finish(start("far", alias=OTHER, kind="asking", spec={}))

    assert set(seen) == {(OTHER, "on")}


def test_a_forgotten_transaction_is_waited_for_politely(elsewhere, settings, monkeypatch):
    settings.ZDT_BACKFILL_LOCK_SECONDS = 0.005
    monkeypatch.setattr(lanes, "_LONGEST_WAIT", 0.001)
    monkeypatch.setattr(lanes, "_LONGEST_REST", 0)
    forgotten = connections[OTHER].copy()
    with forgotten.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE far SET old = old WHERE id = 30")
    row = start("far", alias=OTHER)

    for _turn in range(10):
        hurry()
        run_due()
    assert backfills.progress(row).why == ("backfill_lock_not_had", {})
    assert left(elsewhere) == 31

    forgotten.close()
    assert (finish(row, hurried=True).state, left(elsewhere)) == (State.SUCCEEDED, 0)
