"""VACUUM beside a backfill: when, which, and how it gives way."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.deploy.backfills.tables import ADA, SMALL, finish, make, query, run_due, start
from zdt_core.jobs.slices import Slice
from zdt_deploy import backfills
from zdt_deploy.backfills import cleaning, keys, kinds, lanes, pacing, throttle, vacuums, windows
from zdt_deploy.backfills.models import Backfill

pytestmark = pytest.mark.django_db
OTHER = "archive"


@pytest.fixture
def begun(monkeypatch):
    """The runs that were begun, without doing them: (statement, polite)."""
    found = []

    def begin(alias, table, statement, *, polite, backfill):
        found.append((statement, polite))

    monkeypatch.setattr(vacuums, "begin", begin)
    monkeypatch.setattr(cleaning, "LEAST_TO_VACUUM", 10)
    monkeypatch.setattr(cleaning, "LEAST_CHANGED", 10)
    return found


def test_it_is_cleaned_as_it_goes_deeply_at_each_quarter_and_in_the_end(begun, settings):
    settings.ZDT_BACKFILL_VACUUM_SHARE = 0.1
    make(200)
    query("ANALYZE thing")

    finish(start(pacing={**SMALL, "vacuum": True}))

    statements = [statement for statement, _polite in begun]
    assert statements.count(vacuums.DEEP) == 3
    assert statements.count(vacuums.QUICK) == 6
    assert statements[-1] == vacuums.LAST
    assert {polite for _statement, polite in begun} == {True}


def test_an_unthrottled_one_is_cleaned_at_full_speed(begun):
    make(200)
    query("ANALYZE thing")

    finish(start(pacing="none"))

    assert begun == [(vacuums.LAST, False)]


def test_it_is_left_alone_when_asked(begun):
    make(200)

    finish(start(pacing={**SMALL, "vacuum": False}))

    assert begun == []


def test_what_was_not_changed_needs_no_cleaning(begun):
    make(200)
    finish(start(pacing={**SMALL, "vacuum": False}))

    finish(start(pacing="none"))

    assert begun == []


def test_of_several_lanes_one_cleans(begun):
    make(100)
    row = finish(start(pacing={**SMALL, "vacuum": False}))
    Backfill.objects.filter(pk=row.pk).update(rows_cleaned=0, rows_total=1000)
    row.refresh_from_db()
    table, paced = keys.table(connection, "thing"), pacing.parse("none")
    for _lane in range(2):
        cleaning.Cleaning(row, kinds.Work, connection, table).begin_if_due(paced)

    assert len(begun) == 1


def test_nobody_cleans_while_somebody_does(begun, monkeypatch):
    busy = throttle.Look((), 0, 0, being_vacuumed=True, others_want_the_table=False)
    monkeypatch.setattr(throttle.Watch, "look", lambda *args: busy)
    monkeypatch.setattr(lanes.Lane, "_clean", lambda self: None)
    make(200)

    finish(start(pacing={**SMALL, "vacuum": True}))

    assert begun == []


def test_it_gives_way_to_who_wants_the_table(begun, monkeypatch):
    ways = []
    wanted = throttle.Look((), 0, 0, being_vacuumed=False, others_want_the_table=True)
    monkeypatch.setattr(throttle.Watch, "look", lambda *args: wanted)
    monkeypatch.setattr(vacuums, "give_way", lambda *args: ways.append(args))
    monkeypatch.setattr(lanes.Lane, "_clean", lambda self: None)
    make(200)

    finish(start(pacing={**SMALL, "vacuum": True}))

    assert begun == []
    assert ways


def test_ending_runs_that_are_waited_for_is_a_statement_postgresql_takes():
    make(1)

    vacuums.give_way(connection, keys.table(connection, "thing"))


def test_for_another_vacuum_nobody_waits_in_the_end(begun, monkeypatch):
    busy = throttle.Look((), 0, 0, being_vacuumed=True, others_want_the_table=False)
    monkeypatch.setattr(throttle.Watch, "look_at_table", lambda self: busy)
    make(200)

    done = finish(start(pacing="none"))

    assert (done.state, begun) == (Backfill.State.SUCCEEDED, [])


def test_for_the_vacuum_of_another_lane_it_waits_before_its_own(begun, monkeypatch):
    monkeypatch.setattr(cleaning, "_LOOK_SECONDS", 0)
    answers = [True, True, False, False]
    monkeypatch.setattr(vacuums, "is_at_work_anywhere", lambda *args: answers.pop(0))
    make(200)
    query("ANALYZE thing")

    finish(start(pacing="none"))

    assert (begun, answers) == ([(vacuums.LAST, False)], [])


def test_a_last_one_that_a_pause_cut_short_is_begun_again_by_resume(begun, monkeypatch):
    monkeypatch.setattr(cleaning, "_LOOK_SECONDS", 0)
    make(200)
    query("ANALYZE thing")
    row = start(pacing="none")

    def paused(*args):
        if begun:
            backfills.pause(row, actor=ADA)
            monkeypatch.setattr(throttle, "EVERY_SECONDS", 0)
        return bool(begun)

    with monkeypatch.context() as patch:
        patch.setattr(vacuums, "is_at_work_anywhere", paused)
        assert finish(row).state == Backfill.State.PAUSED
    backfills.resume(row, actor=ADA)

    assert finish(row).state == Backfill.State.SUCCEEDED
    assert begun == [(vacuums.LAST, False)] * 2


@pytest.fixture
def cut_short(begun, monkeypatch):
    """The hours of a backfill end in the middle of its last VACUUM, in so many nights."""

    def cut(nights):
        stopped = []
        make(200)
        query("ANALYZE thing")
        row = start(pacing={"mode": "none", "windows": ["22:00-06:00"]})

        def at_work(*args):
            return len(stopped) < min(len(begun), nights)

        monkeypatch.setattr(vacuums, "is_at_work_anywhere", at_work)
        monkeypatch.setattr(cleaning, "_LOOK_SECONDS", 0)
        monkeypatch.setattr(Slice, "should_stop", at_work)
        monkeypatch.setattr(vacuums, "stop_everywhere", lambda *args: stopped.append(args) or True)
        monkeypatch.setattr(windows, "seconds_until_open", lambda *args: 3600.0 * at_work())
        return finish(row, hurried=True), len(stopped)

    return cut


def test_so_is_one_that_the_end_of_its_hours_cut_short(begun, cut_short):
    row, stopped = cut_short(nights=1)

    assert (row.state, stopped) == (Backfill.State.SUCCEEDED, 1)
    assert begun == [(vacuums.LAST, False)] * 2


def test_one_that_is_longer_than_its_hours_is_left_to_autovacuum_in_the_end(begun, cut_short):
    row, stopped = cut_short(nights=30)

    assert (row.state, stopped) == (Backfill.State.SUCCEEDED, 3)
    assert begun == [(vacuums.LAST, False)] * 3


def test_so_is_one_that_a_worker_took_along(begun, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*args):
        if begun:
            raise Killed
        return False

    make(200)
    query("ANALYZE thing")
    row = start(pacing="none")
    with monkeypatch.context() as patch:
        patch.setattr(vacuums, "is_at_work_anywhere", killed)
        with pytest.raises(Killed):
            finish(row)
    query("UPDATE zdt_core_run SET state = 'ready', lease_until = now(), due_at = now()")

    assert finish(row, hurried=True).state == Backfill.State.SUCCEEDED
    assert begun == [(vacuums.LAST, False)] * 2


def test_none_goes_on_while_the_backfill_is_held(monkeypatch):
    ended = []
    monkeypatch.setattr(vacuums, "stop_everywhere", lambda *args: ended.append(args))
    monkeypatch.setattr(
        throttle, "_hooks", lambda row: [throttle.Finding(pacing.Pressure.HOLD, "backfill_hook")]
    )
    make(40)

    finish(start())

    assert len(ended) == 1


@pytest.mark.parametrize("act", [backfills.pause, backfills.cancel])
def test_none_goes_on_once_the_backfill_is_paused_or_cancelled(act, monkeypatch):
    ended = []
    monkeypatch.setattr(vacuums, "stop", lambda *args: ended.append(args))
    make(100)
    row = start()
    run_due()

    def interrupt(self, taken):
        act(row, actor=ADA)
        return advance(self, taken)

    advance = lanes.Lane._batch
    monkeypatch.setattr(lanes.Lane, "_batch", interrupt)
    run_due()

    assert len(ended) == 1


@pytest.fixture
def far(monkeypatch):
    """A table that others see, whose VACUUM takes long, on an alias in autocommit:
    ``far(sql)``. Its backfill runs."""

    def connect(self):
        if self.connection is None:
            self.connect()

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", connect)  # tests refuse others
    settings = connections["default"].settings_dict
    options = {**settings["OPTIONS"], "options": "-c vacuum_cost_limit=1"}
    monkeypatch.setitem(connections.databases, OTHER, {**settings, "OPTIONS": options})
    monkeypatch.setattr(vacuums, "_POLITE", "100ms")
    monkeypatch.setattr(vacuums, "GUARD_SECONDS", 0.02)

    def ask(sql):
        with connections[OTHER].cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    ask(
        "DROP TABLE IF EXISTS far; CREATE TABLE far (id int, wide text);"
        "ALTER TABLE far ALTER wide SET STORAGE PLAIN;"
        "INSERT INTO far SELECT g, repeat('x', 5000) FROM generate_series(1, 300) g"
    )
    yield ask
    for running in list(vacuums._at_work.values()):
        running.stop()
    for thread in threading.enumerate():
        if thread.name == "zdt-vacuum-guard":
            thread.join(5)  # it closes its connections while the alias is known
    Backfill.objects.using(OTHER).all().delete()
    ask("SET lock_timeout = '5s'; DROP TABLE IF EXISTS far")
    connections[OTHER].close()
    del connections[OTHER]


@pytest.fixture
def asked_for(far):
    """The id of a backfill that runs: its guard ends a VACUUM of any other, sooner or later."""
    row = Backfill(name="far", kind="assign", table="far", alias=OTHER, state="running")
    row.save(using=OTHER)
    return row.pk


@pytest.fixture
def running(far, asked_for):
    """A VACUUM that PostgreSQL is at."""
    found = vacuums.begin(OTHER, the(far), vacuums.QUICK, polite=True, backfill=asked_for)
    while not at_work(far):
        assert not found.wait(0.005)
    return found


def the(far):
    return keys.table(connections[OTHER], "far")


def at_work(far):
    return vacuums.is_at_work_anywhere(connections[OTHER], the(far))


def test_it_goes_on_while_its_backfill_runs(running):
    assert not running.wait(0.2)


def test_it_ends_when_it_is_stopped(running, far):
    vacuums.stop(OTHER, the(far))

    assert running.wait(0)
    assert not at_work(far)


def test_it_ends_by_itself_when_its_backfill_is_paused(running):
    Backfill.objects.using(OTHER).update(state="paused")

    assert running.wait(5)


def test_it_ends_by_itself_when_somebody_wants_the_table(running, far):
    far("SET lock_timeout = '5s'; ALTER TABLE far ADD more int; RESET lock_timeout")

    assert running.wait(5)


def test_those_of_other_processes_are_ended_on_the_same_table_only(running, far, monkeypatch):
    monkeypatch.setattr(vacuums, "_at_work", {})
    make(1)
    assert not vacuums.stop_everywhere(connections[OTHER], keys.table(connection, "thing"))
    assert not running.wait(0.1)

    assert vacuums.stop_everywhere(connections[OTHER], the(far))

    assert running.wait(5)


@pytest.mark.parametrize("polite", [True, False])
def test_only_an_unthrottled_one_may_use_all_of_the_servers_memory(
    far, asked_for, monkeypatch, polite
):
    own, found = vacuums._own, []

    def watched(alias):
        connection = own(alias)

        def look(execute, sql, *given):
            if not sql.startswith("VACUUM"):
                return execute(sql, *given)
            connection.execute_wrappers.clear()
            with connection.cursor() as cursor:
                cursor.execute("SHOW vacuum_buffer_usage_limit")
                found.extend(cursor.fetchone())

        connection.execute_wrappers.append(look)
        return connection

    monkeypatch.setattr(vacuums, "_own", watched)

    begun = vacuums.begin(OTHER, the(far), vacuums.QUICK, polite=polite, backfill=asked_for)
    assert begun.wait(5)
    assert len(found) == 1
    assert (found == ["0"]) is not polite


def test_through_a_pooler_there_is_none(far, asked_for, monkeypatch, caplog):
    monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", 1)

    found = vacuums.begin(OTHER, the(far), vacuums.QUICK, polite=False, backfill=asked_for)

    assert found.wait(5)
    assert "a pooler stands before the database archive" in caplog.text
    assert far("SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'far'") == [(0,)]


def test_its_connection_goes_to_nobody_afterwards(monkeypatch):
    options = {"pool": True, "connect_timeout": 5}
    settings = {**connections["default"].settings_dict, "OPTIONS": options}
    monkeypatch.setitem(connections.databases, OTHER, settings)

    kept = vacuums._own(OTHER).settings_dict["OPTIONS"]
    del connections[OTHER]

    assert kept == {"connect_timeout": 5}
    assert "pool" in options
