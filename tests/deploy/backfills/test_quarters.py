"""A large batch in four steps, where nothing stands against it."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from tests.deploy.backfills.tables import ADA, COPY, SMALL, differing, finish, make, query, start
from zdt_deploy import backfills
from zdt_deploy.backfills import keys, kinds, lanes, pacing, quarters, ranges, throttle
from zdt_deploy.backfills.assign import Assign
from zdt_deploy.backfills.models import Backfill

FAST = {"mode": "none", "vacuum": False}


@pytest.fixture(autouse=True)
def _few_rows_are_many(monkeypatch):
    monkeypatch.setattr(quarters, "LEAST_ROWS", 100)


@pytest.fixture
def batches(monkeypatch):
    """The batches that were done: (rows, quarter, changed)."""
    found = []
    do = Assign.do

    def watched(self, batch):
        done = do(self, batch)
        found.append((batch.rows, batch.quarter, done.changed))
        return done

    monkeypatch.setattr(Assign, "do", watched)
    return found


@pytest.mark.django_db
def test_a_quarter_of_the_rows_comes_after_the_other_and_the_rest_with_the_whole_batch(batches):
    make(400)

    done = finish(start(pacing=FAST))

    assert [(rows, quarter) for rows, quarter, _ in batches] == [(400, n) for n in (1, 2, 3, 0)]
    assert all(60 < changed < 140 for _, _, changed in batches)
    assert sum(changed for _, _, changed in batches) == 400
    assert (differing(), done.rows_changed, done.rows_done) == (0, 400, 400)


@pytest.mark.django_db
@pytest.mark.parametrize("pacing", [SMALL, {"mode": "adaptive", "vacuum": False}])
def test_who_rests_between_batches_does_them_in_one_step(batches, pacing):
    make(400)

    finish(start(pacing=pacing))

    assert {quarter for _, quarter, _ in batches} == {0}


@pytest.mark.django_db
def test_a_batch_of_few_rows_is_done_in_one_step(batches, monkeypatch):
    monkeypatch.setattr(quarters, "LEAST_ROWS", Assign.first_rows + 1)
    make(400)

    finish(start(pacing=FAST))

    assert batches == [(400, 0, 400)]


@pytest.fixture
def odd(db):
    """A table with a generated column, and functions that promise less than they could."""
    make(1)
    query(
        "ALTER TABLE thing ADD twice text GENERATED ALWAYS AS (new || new) STORED;"
        "CREATE FUNCTION seen(text) RETURNS text STABLE LANGUAGE sql"
        " AS 'SELECT max(new) FROM thing';"
        "CREATE FUNCTION said(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1'"
    )


def is_quartered(sql, where=""):
    work = Assign({"set": {"new": sql}, "where": where})
    work.begin(connection, '"public"."thing"')
    return work.takes_quarters


@pytest.mark.parametrize(
    "sql",
    [
        "coalesce(New, '') || old", "md5(thing::text)", "to_json(thing.*)::text", "twice",
        "gen_random_uuid()::text", "random()::text", "now()::text", "CURRENT_TIMESTAMP::text",
        "seen(old)", '"seen"(old)', "(SELECT max(relname) FROM pg_class)::text",
    ],
)  # fmt: skip
def test_what_may_be_another_value_once_it_is_written_is_done_in_one_step(odd, sql):
    assert not is_quartered(sql)


def test_so_is_what_picks_its_rows_by_chance(odd):
    assert not is_quartered("old", where="random() < 0.1")


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("old", ""), ('"old"', "new IS NULL"), ("concat(old, '-', id)", "thing.new IS NULL"),
        ("said(lower(old))", ""), ("CASE WHEN old = 'o1' THEN NULL ELSE to_char(id, '99') END", ""),
    ],
)  # fmt: skip
def test_what_depends_on_other_columns_alone_is_done_in_four(odd, sql, where):
    assert is_quartered(sql, where)


@pytest.mark.django_db
@pytest.mark.parametrize(("column", "pays"), [("old", True), ("new", False)])
def test_where_each_row_goes_into_an_index_anyway_there_is_one_step(column, pays):
    make(1)
    query(f"CREATE INDEX ON thing ({column}, id)")

    assert is_quartered("old") is pays


@pytest.mark.django_db
def test_a_value_by_chance_is_given_once(batches):
    make(400)

    done = finish(start(pacing=FAST, spec={"set": {"new": "gen_random_uuid()::text"}}))

    assert done.rows_changed == 400
    assert batches == [(400, 0, 400)]


TABLES = {
    "text": ('id text COLLATE "C" PRIMARY KEY', "", "'k' || g"),
    "uuid": ("id uuid PRIMARY KEY", "", "gen_random_uuid()"),
    "composite": ("id int, day date DEFAULT '2026-01-01', PRIMARY KEY (day, id)", "", "g"),
    "unique": ("id int NOT NULL UNIQUE", "", "g"),
    "partitioned": ("id bigint PRIMARY KEY", "PARTITION BY HASH (id)", "g"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TABLES)
def test_whatever_the_key_is_no_row_is_left_out_or_counted_twice(batches, kind):
    columns, more, key = TABLES[kind]
    query(f"CREATE TABLE thing (old text, new text, {columns}) {more}")
    for part in range(2 if more else 0):
        query(
            f"CREATE TABLE part_{part} PARTITION OF thing"
            f" FOR VALUES WITH (MODULUS 2, REMAINDER {part})"
        )
    query(f"INSERT INTO thing (id, old) SELECT {key}, 'o' || g FROM generate_series(1, 400) g")

    done = finish(start(pacing=FAST))

    assert [quarter for _, quarter, _ in batches] == [1, 2, 3, 0]
    assert (differing(), done.rows_changed, done.rows_done) == (0, 400, 400)


@pytest.mark.django_db
def test_rows_that_come_and_go_between_the_steps_are_no_trouble(batches, monkeypatch):
    make(400)
    begin = lanes.begin

    def meanwhile(*args):
        begun = begin(*args)
        query(
            "DELETE FROM thing WHERE id % 10 = 0; UPDATE thing SET old = 'x' WHERE id % 7 = 0;"
            "INSERT INTO thing (id, old) SELECT -g, 'new' FROM generate_series(1, 30) g"
        )
        return begun

    monkeypatch.setattr(lanes, "begin", meanwhile)

    done = finish(start(pacing=FAST))

    assert (differing(), done.rows_done) == (0, 400)


@pytest.mark.django_db
def test_with_several_lanes_a_quarter_of_another_batch_lies_between_two_of_one(
    batches, monkeypatch
):
    monkeypatch.setattr(ranges, "LEAST_ROWS", 700)
    monkeypatch.setattr(Assign, "first_rows", 200)
    monkeypatch.setattr(pacing, "size", lambda paced, aims, before, *_: before)
    make(700)

    done = finish(start(pacing=FAST, lanes=2))

    assert [(rows, quarter) for rows, quarter, _ in batches] == [
        (200, 1), (200, 1), (200, 2), (200, 2), (200, 3), (200, 3), (200, 0), (200, 0),
        (200, 1), (100, 1), (200, 2), (100, 2), (200, 3), (100, 3), (200, 0), (100, 0),
    ]  # fmt: skip
    assert (differing(), done.rows_changed, done.rows_done) == (0, 700, 700)


@pytest.mark.django_db
def test_a_batch_that_fails_takes_back_what_was_begun_with_it(batches, monkeypatch):
    """Beside row 77 there is nothing wrong, and all rows but it are done."""
    monkeypatch.setattr(Assign, "first_rows", 150)
    make(400)
    bad = {"set": {"new": "CASE WHEN old = 'o77' THEN (1 / (id - 77))::text ELSE old END"}}

    done = finish(start(pacing=FAST, lanes=2, spec=bad, on_error="collect"), hurried=True)

    assert query("SELECT id FROM thing WHERE new IS DISTINCT FROM old") == [(77,)]
    assert (done.rows_done, done.rows_changed, done.rows_failed) == (400, 399, 1)


@pytest.mark.django_db
def test_what_was_begun_is_not_done_in_one_step_once_it_is_to_rest_between(batches, monkeypatch):
    monkeypatch.setattr(ranges, "LEAST_ROWS", 800)
    monkeypatch.setattr(Assign, "first_rows", 200)
    monkeypatch.setattr(throttle, "EVERY_SECONDS", 0)
    make(800)
    row, begin = start(pacing=FAST, lanes=2), lanes.begin

    def paced(*args):
        begun = begin(*args)
        backfills.set_pacing(row, SMALL, actor=ADA)
        return begun

    monkeypatch.setattr(lanes, "begin", paced)
    finish(row)

    rest = [rows for rows, quarter, _ in batches if not quarter]
    assert max(rest[1:]) <= SMALL["rows"]
    assert differing() == 0


@pytest.mark.django_db
def test_a_row_that_can_not_be_done_is_the_only_one_that_is_not(batches):
    make(400)
    bad = {"set": {"new": "CASE WHEN old = 'o77' THEN (1 / (id - 77))::text ELSE old END"}}

    done = finish(start(pacing=FAST, spec=bad, on_error="collect"), hurried=True)

    assert (done.state, done.rows_failed) == (Backfill.State.FAILED, 1)
    assert query("SELECT id FROM thing WHERE new IS DISTINCT FROM old") == [(77,)]
    assert (done.rows_done, done.rows_changed) == (400, 399)


@pytest.mark.django_db
def test_a_pause_between_the_steps_leaves_nothing_out_and_counts_nothing_twice(
    batches, monkeypatch
):
    make(400)
    row, begin = start(pacing=FAST), lanes.begin

    def paused(*args):
        begun = begin(*args)
        backfills.pause(row, actor=ADA)
        return begun

    with monkeypatch.context() as patch:
        patch.setattr(lanes, "begin", paused)
        assert finish(row).state == Backfill.State.PAUSED
    assert 60 < differing() < 140
    backfills.resume(row, actor=ADA)

    done = finish(row)

    assert (differing(), done.rows_changed, done.rows_done) == (0, 400, 400)


@pytest.mark.django_db
def test_the_condition_may_name_what_is_written(batches):
    make(400)

    finish(start(pacing=FAST, spec={**COPY, "where": "new IS NULL"}))

    assert differing() == 0
    assert [quarter for _, quarter, _ in batches] == [1, 2, 3, 0]


@pytest.mark.django_db
def test_a_lane_that_dies_between_the_steps_leaves_nothing_out(batches, monkeypatch):
    class Killed(BaseException):
        pass

    make(400)
    backfill = start(pacing=FAST)
    do = Assign.do

    def killed(self, batch):
        if not batch.quarter:
            raise Killed
        return do(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(Assign, "do", killed)
        with pytest.raises(Killed):
            finish(backfill)
    query("UPDATE zdt_core_run SET state = 'ready', lease_until = now(), due_at = now()")

    assert finish(backfill, hurried=True).state == Backfill.State.SUCCEEDED
    assert (differing(), backfill.rows_changed) == (0, 400)


def test_the_condition_can_be_told_of_an_alias():
    assert '"t".ctid' in quarters.condition(1, '"t"')


@pytest.fixture
def thing(transactional_db):
    """A table of full pages with an index, and its key."""
    make(3000)
    query("CREATE INDEX ON thing (old)")
    yield keys.find(connection, keys.table(connection, "thing"))
    query("DROP TABLE thing")


def hot_updates(key, quarter):
    """Rows changed by a step, and how many of them stayed in their page and touched no index."""
    with transaction.atomic():
        hot = "SELECT pg_stat_get_xact_tuples_hot_updated('thing'::regclass)"
        ((before,),) = query(hot)
        batch = kinds.Batch(connection, "thing", key, None, None, 3000, quarter)
        changed = Assign(COPY).do(batch).changed
        return changed, query(hot)[0][0] - before


def test_rows_of_the_later_steps_stay_in_their_page_and_touch_no_index(thing):
    for _attempt in range(5):  # whoever looks at the database just now keeps what was left behind
        (first, first_hot), *later = [hot_updates(thing, n) for n in (*quarters.FIRST, 0)]
        if all(hot > 0.7 * changed for changed, hot in later):
            break
        query("UPDATE thing SET new = NULL")
        query("VACUUM FULL thing")

    assert first + sum(changed for changed, _ in later) == 3000
    assert first_hot < 0.1 * first
    assert all(hot > 0.7 * changed for changed, hot in later)
