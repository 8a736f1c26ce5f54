"""Lanes on real tables: every row once, whatever the key is and whatever happens on the way."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from tests.deploy.backfills.tables import (
    ADA,
    SMALL,
    differing,
    finish,
    hurry,
    make,
    query,
    run_due,
    start,
)
from zdt_core import database
from zdt_core.events import Event
from zdt_core.jobs.models import Run
from zdt_deploy import backfills
from zdt_deploy.backfills import at_work, kinds, lanes, ranges, sentences, throttle
from zdt_deploy.backfills.kinds import Done, Work
from zdt_deploy.backfills.models import Backfill, Range, RowError
from zdt_deploy.backfills.pacing import Pressure

pytestmark = pytest.mark.django_db
State = Backfill.State


@pytest.fixture
def kind(monkeypatch):
    """Registers a kind of work for one test: ``kind(do) -> name``; ``do(batch)`` does a batch."""
    monkeypatch.setattr(kinds, "_factories", dict(kinds._factories))

    def register(do, **members):
        made = type("Made", (Work,), {"do": lambda self, batch: do(batch), **members})
        kinds.register("test", lambda spec: made())
        return "test"

    return register


@pytest.fixture
def many_ranges(monkeypatch):
    monkeypatch.setattr(ranges, "LEAST_ROWS", 10)


def copying(batch):
    where, params = batch.where()
    with batch.connection.cursor() as cursor:
        cursor.execute(f"UPDATE {batch.table} SET new = old WHERE {where}", params)
        return Done(changed=cursor.rowcount)


def unless(message, is_bad):
    """Copies, and raises where the batch has a row that ``is_bad`` (SQL)."""

    def do(batch):
        where, params = batch.where()
        with batch.connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {batch.table} WHERE {where} AND {is_bad}", params)
            if cursor.fetchone():
                raise ValueError(message)
        return copying(batch)

    return do


def test_every_row_is_brought_in_step_and_counted():
    make(100)

    done = finish(start())

    assert differing() == 0
    assert (done.state, done.rows_done, done.rows_changed) == (State.SUCCEEDED, 100, 100)
    assert done.finished_at is not None


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("bigint", "g * 1000003"),
        ("integer", "-g"),
        ("uuid", "gen_random_uuid()"),
        ("text", "md5(g::text)"),
        ('text COLLATE "C"', "chr(64 + g % 58) || g"),
        ("varchar(9)", "'Ä' || g"),
        ("char(8)", "lpad(g::text, 8)"),
        ("numeric", "g / 7.0"),
        ("timestamptz", "now() + g * interval '1 ms'"),
        ("date", "date '2020-01-01' + g"),
        ("bytea", "sha256(g::text::bytea)"),
    ],
)
def test_any_type_of_key_will_do(many_ranges, kind, key):
    make(130, key, kind)

    done = finish(start(lanes=2))

    assert (done.state, differing(), done.rows_done) == (State.SUCCEEDED, 0, 130)


def test_a_key_of_several_columns_is_gone_through_in_its_own_order(many_ranges):
    query(
        "CREATE TABLE thing (a text, b int, old text, new text, PRIMARY KEY (b, a));"
        "INSERT INTO thing SELECT 'a' || g % 7, g / 7, 'o', NULL FROM generate_series(1, 150) g"
    )

    done = finish(start(lanes=2))

    assert (done.state, differing(), done.rows_done) == (State.SUCCEEDED, 0, 150)
    assert Range.objects.filter(backfill=done).first().high is not None


def test_a_unique_index_stands_in_for_a_primary_key():
    query(
        "CREATE TABLE thing (code text NOT NULL UNIQUE, old text, new text);"
        "INSERT INTO thing SELECT 'c' || g, 'o', NULL FROM generate_series(1, 50) g"
    )

    assert (finish(start()).state, differing()) == (State.SUCCEEDED, 0)


def test_without_a_key_it_says_what_is_missing():
    query("CREATE TABLE thing (code text UNIQUE, old text, new text)")

    done = finish(start())

    assert (done.state, done.code) == (State.FAILED, "backfill_table_without_key")
    assert "CREATE UNIQUE INDEX CONCURRENTLY" in backfills.progress(done).reason


def test_partitions_are_gone_through_by_the_key_of_their_parent(many_ranges):
    query(
        "CREATE TABLE thing (id int PRIMARY KEY, old text, new text) PARTITION BY RANGE (id);"
        "CREATE TABLE thing_1 PARTITION OF thing FOR VALUES FROM (0) TO (60);"
        "CREATE TABLE thing_2 PARTITION OF thing FOR VALUES FROM (60) TO (1000);"
        "INSERT INTO thing SELECT g, 'o', NULL FROM generate_series(1, 150) g"
    )

    done = finish(start(lanes=3))

    assert (done.state, differing(), done.rows_done) == (State.SUCCEEDED, 0, 150)


def test_an_empty_table_is_done_at_once():
    make(0)

    done = finish(start())

    assert (done.state, done.rows_done) == (State.SUCCEEDED, 0)
    assert backfills.progress(done).fraction == 1.0


def test_a_second_backfill_finds_nothing_to_write():
    make(60)
    finish(start())

    done = finish(start())

    assert (done.rows_done, done.rows_changed) == (60, 0)


NAMES = [
    ("pct%t", '"pct%t"', "n %"),
    ("pct%%s", 'public."pct%%s"', "%s"),
    ('we"ird', '"we""ird"', 'c"x'),
    ('"we""ird"', '"we""ird"', "the key"),
    ("Odd.Table", '"Odd.Table"', "K.y"),
    ('"Odd.Schema".plain', '"Odd.Schema".plain', "select"),
    ("plain Schema.Ta.ble", '"plain Schema"."Ta.ble"', "%(x)s"),
]


@pytest.mark.parametrize(("name", "sql", "column"), NAMES)
def test_names_of_any_characters_are_quoted_everywhere(many_ranges, name, sql, column):
    key = column.replace('"', '""')
    query(
        'CREATE SCHEMA "Odd.Schema"; CREATE SCHEMA "plain Schema";'
        f'CREATE TABLE {sql} (a int, "{key}" text, old text, "new {key}" text,'
        f' PRIMARY KEY (a, "{key}"));'
        f"INSERT INTO {sql} SELECT 1, g, 'o' FROM generate_series(1, 60) g"
    )
    spec = {"set": {f"new {column}": "old || '%'"}, "where": "old LIKE '%o%'"}
    found = backfills.estimate(name, kind="assign", spec=spec)

    done = finish(start(name, spec=spec, lanes=2, only_existing=True))

    assert found.rate is not None
    assert (done.state, done.rows_changed) == (State.SUCCEEDED, 60)
    assert Range.objects.count() > 1
    assert query(f'SELECT DISTINCT "new {key}" FROM {sql}') == [("o%",)]


@pytest.mark.parametrize(("kind", "lowest"), [("bigint", -(2**63)), ("integer", -(2**31))])
def test_the_lowest_key_there_is_can_be_done(many_ranges, kind, lowest):
    make(20, f"({lowest} + (g - 1)::numeric)::{kind}", kind)

    done = finish(start(lanes=2, pacing={**SMALL, "rows": 1}))

    assert (done.state, done.rows_done, differing()) == (State.SUCCEEDED, 20, 0)


@pytest.mark.parametrize("column", ["id", '"id"'])
def test_the_key_is_not_set(column):
    make(10)

    failed = finish(start(spec={"set": {column: "id + 100000"}}))

    assert (failed.state, failed.code) == (State.FAILED, "backfill_sets_key")
    assert query("SELECT max(id) FROM thing") == [(10,)]


def test_in_the_end_the_rows_are_as_many_as_were_seen():
    make(100)
    row = start()
    run_due()
    Backfill.objects.update(rows_total=190)

    assert finish(row).rows_total == 100


def test_a_table_of_another_schema_is_named_with_it():
    query("CREATE SCHEMA store")
    make(30, name="store.thing")

    assert finish(start("store.thing")).state == State.SUCCEEDED
    assert differing("store.thing") == 0


def test_columns_without_equality_are_filled():
    query(
        "CREATE TABLE thing (id int PRIMARY KEY, old json, new json);"
        "INSERT INTO thing SELECT g, '{}' FROM generate_series(1, 30) g"
    )

    done = finish(start())

    assert (done.state, done.rows_changed) == (State.SUCCEEDED, 30)


def test_rows_that_come_above_the_end_are_left_out_when_asked():
    make(50)
    row = start(only_existing=True)
    run_due()
    query("INSERT INTO thing VALUES (1000, 'new code fills it', NULL)")

    done = finish(row)

    assert (done.state, done.rows_done, differing()) == (State.SUCCEEDED, 50, 1)


def test_rows_that_come_above_the_end_are_done_otherwise():
    make(50)
    row = start()
    run_due()
    query("INSERT INTO thing VALUES (1000, 'old code', NULL)")

    assert (finish(row).rows_done, differing()) == (51, 0)


def test_a_lane_that_dies_in_a_batch_is_gone_on_with_where_it_was(kind, monkeypatch):
    make(100)

    def die(batch):
        if batch.low == [60]:
            raise SystemExit
        return copying(batch)

    row = start(kind=kind(die), spec={})
    run_due()
    with pytest.raises(SystemExit):
        run_due()
    assert differing() == 40
    kind(copying)

    done = finish(row)

    assert (done.state, done.rows_done, differing()) == (State.SUCCEEDED, 100, 0)


def test_a_holder_that_has_lost_its_lease_writes_nothing(kind):
    make(100)

    def lose(batch):
        if batch.low == [60]:
            Run.objects.filter(kind="backfill.lane").update(token=F("token") + 1)
        return copying(batch)

    row = start(kind=kind(lose), spec={})
    run_due()
    run_due()

    assert differing() == 40
    kind(copying)
    Run.objects.filter(kind="backfill.lane").update(lease_until=None)
    done = finish(row)
    assert (done.rows_done, done.rows_changed) == (100, 100)


def test_what_a_crash_lost_between_two_batches_is_done_again(monkeypatch):
    make(100)
    row = start()
    run_due()
    batch = lanes.Lane._batch

    def crash(self, taken):
        if taken.cursor == [60]:
            query("UPDATE thing SET new = NULL WHERE id > 40")
            Range.objects.update(cursor=[40], rows_done=40, rows_changed=40)
        return batch(self, taken)

    monkeypatch.setattr(lanes.Lane, "_batch", crash)
    run_due()
    assert differing() == 60
    monkeypatch.setattr(lanes.Lane, "_batch", batch)
    Run.objects.filter(kind="backfill.lane").update(lease_until=None)

    done = finish(row)

    assert (done.state, done.rows_done, differing()) == (State.SUCCEEDED, 100, 0)


def test_a_batch_too_large_for_its_lease_is_halved_at_each_life(kind):
    make(64)
    sizes = []

    def lose(batch):
        sizes.append(batch.rows)
        if batch.rows > 8:
            Run.objects.filter(kind="backfill.lane").update(token=F("token") + 1)
        return copying(batch)

    start(kind=kind(lose), spec={}, pacing={**SMALL, "rows": 64})
    run_due()
    for _life in range(4):
        run_due()
        Run.objects.filter(kind="backfill.lane").update(lease_until=None)

    assert sizes[:4] == [64, 32, 16, 8]


def lives(count, row):
    """Workers one after the other, each of which may die; the ticker takes over at once."""
    for _life in range(count):
        with suppress(SystemExit):
            finish(row, hurried=True)
        Run.objects.filter(kind="backfill.lane").update(lease_until=None)
    row.refresh_from_db()
    return row


def deadly(batch):
    where, params = batch.where()
    if query(f"SELECT 1 FROM thing WHERE {where} AND id = 50", *params):
        raise SystemExit
    return copying(batch)


def test_a_row_that_kills_its_worker_again_and_again_fails_its_range(kind):
    make(100)
    row = start(kind=kind(deadly), spec={})

    done = lives(20, row)

    assert (done.state, done.code) == (State.FAILED, "backfill_ranges_failed")
    assert done.params["key"] == "50"
    assert "3 times at this row" in done.params["error"]
    assert differing() == 51


def test_a_pause_is_no_death_at_a_row(kind, monkeypatch):
    make(10)
    row = start(kind=kind(copying), spec={}, pacing={**SMALL, "rows": 1})
    run_due()
    with monkeypatch.context() as patch:
        batch = lanes.Lane._batch

        def paused(self, taken):
            backfills.pause(row, actor=ADA)
            return batch(self, taken)

        patch.setattr(lanes.Lane, "_batch", paused)
        for _time in range(4):
            run_due()
            backfills.resume(row, actor=ADA)

    assert finish(row, hurried=True).state == State.SUCCEEDED


def test_a_row_that_kills_its_worker_is_collected_when_asked(kind):
    make(100)
    row = start(kind=kind(deadly), spec={}, on_error="collect")

    done = lives(20, row)

    assert (done.state, done.code) == (State.FAILED, "backfill_rows_failed")
    assert [each.key for each in RowError.objects.all()] == [[50]]
    assert (differing(), done.rows_done) == (1, 100)


def test_no_row_is_blamed_for_postgresql_being_away(kind):
    make(40)

    def promoted(batch):
        query("DO $$ BEGIN RAISE SQLSTATE '25006'; END $$")

    row = start(kind=kind(promoted), spec={}, pacing={**SMALL, "rows": 1})

    for _attempt in range(6):
        hurry()
        run_due()

    row.refresh_from_db()
    run = Run.objects.get(kind="backfill.lane")
    assert (row.state, run.cursor["deaths"]) == (State.RUNNING, 0)
    assert "25006" in run.last_error


def test_a_bad_row_fails_its_range_and_no_other(kind, many_ranges):
    make(100)
    row = start(kind=kind(unless("no such thing", "id = 50")), spec={}, lanes=2)

    done = finish(row)

    assert (done.state, done.code) == (State.FAILED, "backfill_ranges_failed")
    assert "no such thing" in backfills.progress(done).reason
    assert "the first at the row with the key 50 (" in backfills.progress(done).reason
    assert [each.key for each in RowError.objects.all()] == [[50]]
    failed = Range.objects.get(backfill=done, state=Range.State.FAILED)
    assert failed.cursor == [49]
    others = Range.objects.filter(backfill=done).exclude(pk=failed.pk)
    assert {each.state for each in others} == {Range.State.DONE}


def test_what_failed_is_retried_where_it_was(kind):
    make(100)
    row = finish(start(kind=kind(unless("not yet", "id = 50")), spec={}))
    kind(copying)

    backfills.retry(row, actor=ADA)
    done = finish(row)

    assert (done.state, done.code, done.rows_done, differing()) == (State.SUCCEEDED, "", 100, 0)
    assert (done.rows_failed, Range.objects.count()) == (0, 1)


def test_bad_rows_are_collected_when_asked(kind):
    make(100)
    row = start(kind=kind(unless("bad", "id IN (7, 50, 51)")), spec={}, on_error="collect")

    done = finish(row)

    assert (done.state, done.code, done.rows_failed) == (State.FAILED, "backfill_rows_failed", 3)
    assert [each.key for each in RowError.objects.all()] == [[7], [50], [51]]
    assert (differing(), done.rows_done) == (3, 100)


def test_collected_rows_are_done_by_a_retry(kind):
    make(100)
    row = finish(start(kind=kind(unless("bad", "id = 7")), spec={}, on_error="collect"))
    kind(copying)

    backfills.retry(row, actor=ADA)
    done = finish(row)

    assert (done.state, done.rows_done, done.rows_failed) == (State.SUCCEEDED, 100, 0)
    assert not RowError.objects.exists()


def test_a_retry_of_collected_rows_does_no_other_row_twice(kind):
    make(100)
    bad = unless("bad", "id IN (1, 7, 100)")
    row = finish(start(kind=kind(bad), spec={}, on_error="collect"))
    seen = []

    def note(batch):
        done = unless("bad", "id = 7")(batch)
        where, params = batch.where()
        seen.extend(query(f"SELECT id FROM thing WHERE {where} ORDER BY id", *params))
        return done

    kind(note)
    for _retry in range(2):
        backfills.retry(row, actor=ADA)
        row = finish(row)

    assert (row.code, row.params) == ("backfill_rows_failed", {"rows": 1})
    assert seen == [(1,), (100,)]
    assert (row.rows_done, differing()) == (100, 1)
    assert Range.objects.count() == 4


def test_a_collected_row_that_is_gone_needs_no_doing(kind):
    make(100)
    row = finish(start(kind=kind(unless("bad", "id = 7")), spec={}, on_error="collect"))
    query("DELETE FROM thing WHERE id = 7")
    kind(copying)

    backfills.retry(row, actor=ADA)
    done = finish(row)

    assert (done.state, done.rows_done) == (State.SUCCEEDED, 99)


def test_it_gives_up_where_every_row_is_bad(kind, settings):
    settings.ZDT_BACKFILL_ROW_ERRORS = 5
    make(100)

    done = finish(start(kind=kind(unless("bad", "true")), spec={}, on_error="collect"))

    assert (done.state, done.code) == (State.FAILED, "backfill_too_many_errors")
    assert done.rows_failed == 6


def test_rows_that_the_work_itself_reports_are_listed(kind):
    make(30)
    row = start(kind=kind(lambda batch: Done(failed=[(batch.low or [0], "differs")])), spec={})

    done = finish(row)

    assert (done.code, RowError.objects.count()) == ("backfill_rows_failed", 2)


def test_a_locked_row_is_waited_for_with_smaller_batches(kind, monkeypatch):
    make(40)
    monkeypatch.setattr("zdt_deploy.backfills.lanes._LONGEST_WAIT", 0)
    sizes = []

    def locked(batch):
        sizes.append(batch.rows)
        if len(sizes) < 3:
            query("DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$")
        return copying(batch)

    row = start(kind=kind(locked), spec={})

    done = finish(row)

    assert (done.state, differing()) == (State.SUCCEEDED, 0)
    assert sizes[:3] == [20, 10, 5]


def test_a_server_without_memory_or_lock_space_is_told_as_such(kind, monkeypatch):
    monkeypatch.setattr("zdt_deploy.backfills.lanes._LONGEST_REST", 0)
    make(40)

    def full(batch):
        query("DO $$ BEGIN RAISE SQLSTATE '53200' USING MESSAGE = 'out of shared memory'; END $$")

    row = finish(start(kind=kind(full), spec={}))
    code, facts = backfills.progress(row).why
    assert (row.state, code) == (State.RUNNING, "backfill_no_room")
    assert "out of shared memory" in facts["error"]
    kind(copying)

    assert finish(row, hurried=True).state == State.SUCCEEDED
    assert backfills.progress(row).why is None


def test_ranges_beside_a_locked_one_are_done_meanwhile(kind, many_ranges, monkeypatch):
    make(40)
    monkeypatch.setattr("zdt_deploy.backfills.lanes._LONGEST_WAIT", 0.001)
    monkeypatch.setattr("zdt_deploy.backfills.lanes._LONGEST_REST", 0)

    def locked(batch):
        where, params = batch.where()
        if query(f"SELECT 1 FROM thing WHERE {where} AND id = 1", *params):
            query("DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$")
        return copying(batch)

    row = start(kind=kind(locked), spec={})
    finish(row, hurried=True)

    first, *others = Range.objects.order_by("number").values_list("state", flat=True)
    assert first == Range.State.WORKING
    assert set(others) == {Range.State.DONE}
    assert backfills.progress(row).why == ("backfill_lock_not_had", {})


def test_a_full_disk_lets_it_rest_until_somebody_resumes_it(kind):
    make(40)

    def full(batch):
        query("DO $$ BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'no space left'; END $$")

    row = finish(start(kind=kind(full), spec={}))
    assert (row.state, row.code) == (State.PAUSED, "backfill_disk_full")
    assert sentences.describe(row).count("It rests until somebody resumes it") == 1
    kind(copying)

    backfills.resume(row, actor=ADA)

    assert finish(row).state == State.SUCCEEDED


def test_a_column_dropped_on_the_way_ends_it_with_the_reason_and_is_retried():
    make(100)
    row = start()
    run_due()
    query("ALTER TABLE thing DROP COLUMN new")
    failed = finish(row)
    assert (failed.state, failed.code) == (State.FAILED, "backfill_shape_gone")
    assert "new" in failed.params["error"]
    query("ALTER TABLE thing ADD COLUMN new text")

    backfills.retry(row, actor=ADA)

    assert (finish(row).state, differing()) == (State.SUCCEEDED, 0)


def test_a_table_dropped_on_the_way_ends_it_with_the_reason():
    make(100)
    row = start()
    run_due()
    query("DROP TABLE thing")

    failed = finish(row)

    assert (failed.state, failed.code) == (State.FAILED, "backfill_table_missing")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("ALTER COLUMN id TYPE text", "(id text default)"),
        ("DROP CONSTRAINT thing_pkey, ADD PRIMARY KEY (old)", "(old text default)"),
    ],
)
def test_a_key_changed_on_the_way_ends_it_as_its_places_mean_nothing_any_more(change, key):
    make(100)
    row = start()
    run_due()
    query(f"ALTER TABLE thing {change}")

    failed = finish(row)

    assert (failed.state, failed.code) == (State.FAILED, "backfill_shape_gone")
    assert failed.params == {"error": f"its key is {key}, and was (id bigint)"}
    backfills.retry(row, actor=ADA)
    done = finish(row)
    assert (done.state, done.rows_done, differing()) == (State.SUCCEEDED, 100, 0)


def test_a_table_made_anew_on_the_way_ends_it_and_a_retry_goes_through_all_of_it():
    make(60)
    row = start(pacing={**SMALL, "pause": 5})
    run_due()
    run_due()
    assert differing() == 40
    query("DROP TABLE thing")
    make(60)

    failed = finish(row, hurried=True)

    assert (failed.state, failed.code) == (State.FAILED, "backfill_shape_gone")
    assert failed.params == {"error": '"public"."thing" is another table of that name'}
    backfills.retry(row, actor=ADA)
    done = finish(row, hurried=True)
    assert (done.state, done.rows_done, differing()) == (State.SUCCEEDED, 60, 0)


@pytest.fixture
def clerk():
    """A role without privileges of a superuser, as which everything is done from now on."""
    query(
        "CREATE ROLE clerk; GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk;"
        "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO clerk"
    )

    def hide():
        query(
            "ALTER TABLE thing ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY few ON thing USING (id < 50); GRANT ALL ON thing TO clerk;"
            "SET LOCAL ROLE clerk"
        )

    yield hide
    query("RESET ROLE")


@pytest.mark.parametrize("planned", [True, False])
def test_rows_that_a_policy_hides_end_it_and_are_not_left_out(clerk, planned):
    make(100)
    row = start()
    if planned:
        run_due()
    clerk()

    failed = finish(row)

    assert (failed.state, failed.code) == (State.FAILED, "backfill_not_allowed")
    assert "row-level security" in failed.params["error"]


def test_an_unknown_column_is_found_before_it_begins():
    make(10)

    failed = finish(start(spec={"set": {"nwe": "old"}}))

    assert (failed.state, failed.code) == (State.FAILED, "backfill_sql_refused")
    assert 'column "nwe"' in failed.params["error"]


def test_a_lost_connection_is_no_error_of_the_range(kind):
    make(40)
    calls = []

    def cut(batch):
        calls.append(batch.low)
        if len(calls) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        return copying(batch)

    row = start(kind=kind(cut), spec={})
    run_due()
    run_due()
    assert "server closed" in Run.objects.get(kind="backfill.lane").last_error
    hurry()

    assert finish(row).state == State.SUCCEEDED


def test_work_that_this_release_does_not_know_is_left_to_others(kind, monkeypatch):
    make(10)
    row = start(kind=kind(copying), spec={})
    run_due()
    monkeypatch.setattr(kinds, "_factories", {})
    run_due()

    row.refresh_from_db()
    assert (row.state, differing()) == (State.RUNNING, 10)
    assert backfills.progress(row).why == ("backfill_release_unknown", {})


@pytest.mark.parametrize("planned", [True, False])
def test_work_that_nobody_knows_is_stalled_until_somebody_does_it(kind, monkeypatch, planned):
    make(40)
    row = start(kind=kind(copying), spec={})
    if planned:
        run_due()
    Run.objects.update(rate=75)
    known = dict(kinds._factories)
    monkeypatch.setattr(kinds, "_factories", {})
    run_due()
    Backfill.objects.update(created_at=database.Now() - timedelta(hours=1))
    assert not at_work.stalled().exists()
    assert backfills.progress(row).rate is None

    (run,) = Run.objects.filter(state=Run.State.READY)
    Run.objects.filter(pk=run.pk).update(
        cursor={**run.cursor, "unknown_since": run.cursor["unknown_since"] - 121}
    )
    hurry()
    run_due()
    assert [each.name for each in at_work.stalled()] == ["copy"]

    seen = []

    def look(batch):
        seen.append(at_work.stalled().exists())
        return copying(batch)

    monkeypatch.setattr(kinds, "_factories", known)
    kind(look)
    assert finish(row, hurried=True).state == State.SUCCEEDED
    assert not any(seen)


def test_outside_its_hours_it_rests_and_says_so(monkeypatch):
    make(10)
    monkeypatch.setattr("zdt_deploy.backfills.windows.seconds_until_open", lambda *args: 7200.0)
    row = start(pacing={**SMALL, "windows": ["22:00-05:00"], "zone": "Europe/Berlin"})

    finish(row)

    why = backfills.progress(row).why
    assert (why[0], why[1]["windows"], why[1]["zone"]) == (
        "backfill_outside_hours", "22:00-05:00", "Europe/Berlin",
    )  # fmt: skip
    assert re.fullmatch(r"\d\d:\d\d", why[1]["opens"])
    (lane,) = at_work.lanes(row)
    assert lane.said == f"until {why[1]['opens']} (Europe/Berlin)"
    assert differing() == 10


def test_a_hook_of_the_project_makes_it_rest(settings):
    settings.ZDT_BACKFILL_SIGNALS = ["tests.deploy.backfills.test_lanes.sale_is_on"]
    make(10)
    row = start()

    finish(row)
    assert backfills.progress(row).reason.endswith("sale_is_on says: a sale is on")

    settings.ZDT_BACKFILL_SIGNALS = []
    hurry()
    assert finish(row).state == State.SUCCEEDED


@pytest.mark.parametrize("mode", ["fixed", "none", "adaptive"])
def test_what_held_it_is_not_told_any_more_once_it_goes_on(kind, settings, mode):
    settings.ZDT_BACKFILL_SIGNALS = ["tests.deploy.backfills.test_lanes.sale_is_on"]
    make(40)
    told = []

    def look(batch):
        told.append(Run.objects.get(kind="backfill.lane").cursor["why"])
        return copying(batch)

    row = start(kind=kind(look), spec={})
    finish(row)
    settings.ZDT_BACKFILL_SIGNALS = []
    backfills.set_pacing(row, mode, actor=ADA)
    finish(row, hurried=True)

    assert set(told) == {""}


def test_what_only_slows_is_not_told_where_nothing_slows_it(kind, monkeypatch):
    slow = [throttle.Finding(Pressure.SLOW, "backfill_wal_rate", {"megabytes": 900})]
    monkeypatch.setattr(throttle.Watch, "_wal_rate", lambda self: iter(slow))
    make(40)
    told = []

    def look(batch):
        told.append(Run.objects.get(kind="backfill.lane").cursor["why"])
        return copying(batch)

    finish(start(kind=kind(look), spec={}))

    assert set(told) == {""}


def sale_is_on(backfill):
    return "a sale is on"


def test_lanes_that_are_too_many_leave_their_ranges_to_the_others(kind, many_ranges):
    make(100)
    seen = []

    def count(batch):
        seen.append(batch.low)
        if len(seen) == 1:
            backfills.set_pacing("copy", lanes=1, actor=ADA)
        return copying(batch)

    row = start(kind=kind(count), spec={}, lanes=3)

    done = finish(row)

    assert (done.state, done.lanes, differing()) == (State.SUCCEEDED, 1, 0)


def test_the_end_is_told_inside_its_transaction():
    make(10)
    told = []

    def receive(sender, backfill, **kwargs):
        told.append((backfill.name, backfill.state, backfill.rows_done))

    backfills.ended.connect(receive)
    try:
        finish(start())
    finally:
        backfills.ended.disconnect(receive)

    assert told == [("copy", State.SUCCEEDED, 10)]
    assert Event.objects.filter(kind="backfill.succeeded").count() == 1


def test_a_batch_sets_what_its_transaction_needs_in_one_statement(kind):
    make(100)
    row = start(kind=kind(copying), spec={})
    run_due()
    with CaptureQueriesContext(connection) as queries:
        finish(row)

    said = [each["sql"] for each in queries if "SAVEPOINT" not in each["sql"]]
    batches = [sql for sql in said if "'synchronous_commit', 'off'" in sql]
    idling = ["'idle_in_transaction_session_timeout'" in sql for sql in said]
    assert len(batches) == 6  # five of 20 rows, and the end of the range
    assert all("'lock_timeout'" in sql for sql in batches)
    assert not any(one and next_ for one, next_ in pairwise(idling))
