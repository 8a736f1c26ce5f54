"""Where a batch ends: found by the index alone, in the order of the columns."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import connection

from tests.deploy.backfills.tables import make, query
from zdt_core.exceptions import Refused
from zdt_deploy.backfills import batches, keys, planning
from zdt_deploy.backfills.kinds import Done, Work
from zdt_deploy.backfills.pacing import Statement

pytestmark = pytest.mark.django_db

KINDS = [
    ("bigint", "(g - 300) * 7"),
    ("numeric", "(g - 300) / 7.0"),
    ("timestamptz", "timestamptz '2020-01-01' + g * interval '37 h'"),
    ("text", "chr(64 + g % 58) || g"),
    ("uuid", "md5(g::text)::uuid"),
]


@pytest.fixture(params=KINDS, ids=[kind for kind, _key in KINDS])
def table(request):
    kind, key = request.param
    make(500, key, kind)
    query("ANALYZE thing")
    return keys.table(connection, "thing")


def test_batches_have_the_rows_that_are_asked_for(table):
    key, low, sizes = keys.find(connection, table), None, []
    for _batch in range(4):
        measured = batches.measure(connection, table, key, low, None, 150)
        where, params = key.between(low, measured.high)
        [(rows,)] = query(f"SELECT count(*) FROM thing WHERE {where}", *params)
        sizes.append((rows, measured.rows, measured.last))
        low = measured.high

    assert sizes == [(150, 150, False)] * 3 + [(50, 50, True)]


def test_a_batch_that_ends_with_its_range_is_the_last(table):
    key = keys.find(connection, table)
    high = batches.measure(connection, table, key, None, None, 40).high

    assert batches.measure(connection, table, key, None, high, 40).last
    assert batches.measure(connection, table, key, high, high, 40) == batches.Measure(high, 0, True)


@pytest.mark.parametrize(
    ("size", "part", "rows"), [(150, 40, [38, 38, 38, 36]), (150, 75, [75, 75])]
)
def test_its_parts_follow_each_other_without_a_gap_and_end_where_it_ends(table, size, part, rows):
    key = keys.find(connection, table)
    low = batches.measure(connection, table, key, None, None, 60).high

    measured = batches.measure_in_parts(connection, table, key, low, None, size, part)

    assert measured.high == batches.measure(connection, table, key, low, None, size).high
    assert (measured.rows, measured.last) == (size, False)
    assert [count for _high, count in measured.parts] == rows
    found = []
    for high, _count in measured.parts:
        where, params = key.between(low, high)
        found += [count for (count,) in query(f"SELECT count(*) FROM thing WHERE {where}", *params)]
        low = high
    assert (found, low) == (rows, measured.high)


def test_parts_end_with_the_range(table):
    key = keys.find(connection, table)
    high = batches.measure(connection, table, key, None, None, 40).high

    whole = batches.measure_in_parts(connection, table, key, None, high, 40, 15)
    rest = batches.measure_in_parts(connection, table, key, None, high, 100, 15)
    unbounded = batches.measure_in_parts(connection, table, key, high, None, 1000, 400)
    nothing = batches.measure_in_parts(connection, table, key, high, high, 40, 15)

    assert [(each.high, each.rows, each.last) for each in (whole, rest)] == [(high, 40, True)] * 2
    assert [count for _high, count in rest.parts] == [15, 15, 10]
    assert (unbounded.high, unbounded.rows, unbounded.last) == (None, 460, True)
    assert unbounded.parts[-1] == (None, 126)
    assert nothing == batches.Measure(high, 0, True)


def test_the_last_key_is_the_highest(table):
    key = keys.find(connection, table)
    highest = planning._last(connection, table, key)
    where, params = key.above(highest)

    assert query(f"SELECT count(*) FROM thing WHERE {where}", *params) == [(0,)]


def test_neither_end_nor_rows_are_sorted():
    query(
        "CREATE TABLE thing (a int, b uuid, old text, PRIMARY KEY (a, b));"
        "INSERT INTO thing SELECT g % 9, gen_random_uuid() FROM generate_series(1, 5000) g;"
        "ANALYZE thing"
    )
    table = keys.table(connection, "thing")
    key = keys.find(connection, table)
    where, params = key.above([3, "00000000-0000-0000-0000-000000000000"])

    plan = query(
        f"EXPLAIN SELECT {key.selected()} FROM thing WHERE {where}"
        f" ORDER BY {key.order()} LIMIT 1 OFFSET 49",
        *params,
    )

    lines = "\n".join(line for (line,) in plan)
    assert "Index Only Scan" in lines
    assert "Sort" not in lines


@pytest.mark.parametrize("name", ["thing", "public.thing", '"thing"', '"public"."thing"'])
def test_a_table_is_named_with_and_without_its_schema(name):
    make(1)

    assert keys.table(connection, name).sql == '"public"."thing"'


def test_a_name_may_hold_what_has_to_be_quoted():
    query('CREATE TABLE "odd.Thing" (id int PRIMARY KEY)')

    assert keys.table(connection, "odd.Thing").sql == '"public"."odd.Thing"'


@pytest.mark.parametrize(
    "index",
    [
        "UNIQUE INDEX ON thing (code) WHERE code > 'a'",
        "UNIQUE INDEX ON thing (lower(code))",
        "UNIQUE INDEX ON thing (code text_pattern_ops)",
        "UNIQUE INDEX ON thing (code DESC)",
        "UNIQUE INDEX ON thing (maybe)",
        "INDEX ON thing (code)",
    ],
)
def test_an_index_that_orders_not_every_row_is_no_key(index):
    query("CREATE TABLE thing (code text NOT NULL, maybe text)")
    query(f"CREATE {index}")

    with pytest.raises(Refused):
        keys.find(connection, keys.table(connection, "thing"))


@pytest.mark.postgres_18
def test_a_not_null_that_rows_need_not_meet_yet_makes_no_key():
    query(
        "CREATE TABLE thing (code text UNIQUE); INSERT INTO thing VALUES (NULL), ('a');"
        "ALTER TABLE thing ADD CONSTRAINT thing_code NOT NULL code NOT VALID"
    )
    table = keys.table(connection, "thing")
    with pytest.raises(Refused) as refusal:
        keys.find(connection, table)
    assert refusal.value.code == "backfill_table_without_key"

    query("DELETE FROM thing WHERE code IS NULL; ALTER TABLE thing VALIDATE CONSTRAINT thing_code")
    assert keys.find(connection, table).written() == [["code", "text", "default"]]


class _Slow(Work):
    """Each statement takes so many seconds by the clock."""

    takes_parts = True

    def __init__(self, clock, seconds):
        self.clock, self.seconds = clock, list(seconds)
        self.rows = []

    def do(self, batch):
        self.clock.now += self.seconds.pop(0)
        self.rows.append(batch.rows)
        return Done(batch.rows)


class _Clock:
    now = 0.0

    def monotonic(self):
        return self.now


class _Slice:
    claim = SimpleNamespace(lease=30.0)


@pytest.fixture
def slow(monkeypatch):
    """Batches of a table of 500 rows, whose statements take as long as they are told to."""
    make(500, "g", "bigint")
    table = keys.table(connection, "thing")
    monkeypatch.setattr(batches, "time", clock := _Clock())

    def doing(*seconds):
        work = _Slow(clock, seconds)
        return batches.Doing(_Slice(), work, connection, table, keys.find(connection, table))

    return doing


def test_of_statements_that_waited_for_the_cpu_the_quickest_tells_how_long_rows_take(slow):
    doing = slow(0.4, 0.04, 0.8, 0.002)

    _measured, done = doing.do(None, None, 120, part=40)

    assert (done.rows, doing.quickest) == (120, Statement(40, pytest.approx(0.04), 0.0002))
    assert doing.seconds == pytest.approx(1.24)


def test_what_a_statement_costs_beside_its_rows_is_tried_without_any_and_when_it_looks(slow):
    doing = slow(0.04, 0.04, 0.003, 0.04, 0.04, 0.04, 0.04, 0.002, 0.04, 0.04)
    costs = []
    for look in (False, False, True, False):
        doing.do(None, None, 80, part=40, look=look)
        costs.append(doing.quickest.cost)

    assert doing.work.rows == [40, 40, 0, 40, 40, 40, 40, 0, 40, 40]
    assert costs == [0.0002, pytest.approx(0.003), pytest.approx(0.003), pytest.approx(0.002)]


def test_nothing_is_tried_where_a_batch_is_one_statement(slow):
    doing = slow(0.04)

    doing.do(None, None, 120)

    assert doing.work.rows == [120]
