"""A large batch in two steps, where nothing stands against it."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from tests.deploy.backfills.tables import COPY, SMALL, differing, finish, make, query, start
from zdt_deploy.backfills import halving, keys, kinds
from zdt_deploy.backfills.assign import Assign
from zdt_deploy.backfills.models import Backfill

FAST = {"mode": "none", "vacuum": False}


@pytest.fixture(autouse=True)
def _few_rows_are_many(monkeypatch):
    monkeypatch.setattr(halving, "LEAST_ROWS", 100)


@pytest.fixture
def batches(monkeypatch):
    """The batches that were done: (rows, is_part, changed)."""
    found = []
    do = Assign.do

    def watched(self, batch):
        done = do(self, batch)
        found.append((batch.rows, batch.is_part, done.changed))
        return done

    monkeypatch.setattr(Assign, "do", watched)
    return found


@pytest.mark.django_db
def test_more_than_half_of_the_rows_come_first_and_the_rest_with_the_whole_batch(batches):
    make(400)

    done = finish(start(pacing=FAST))

    (_, is_first, first), (_, is_second, second) = batches
    assert (is_first, is_second) == (True, False)
    assert 200 < first < 250
    assert first + second == 400
    assert (differing(), done.rows_changed, done.rows_done) == (0, 400, 400)


@pytest.mark.django_db
@pytest.mark.parametrize("pacing", [SMALL, {"mode": "adaptive", "vacuum": False}])
def test_who_rests_between_batches_does_them_in_one_step(batches, pacing):
    make(400)

    finish(start(pacing=pacing))

    assert {is_part for _, is_part, _ in batches} == {False}


@pytest.mark.django_db
def test_a_batch_of_few_rows_is_done_in_one_step(batches, monkeypatch):
    monkeypatch.setattr(halving, "LEAST_ROWS", Assign.first_rows + 1)
    make(400)

    finish(start(pacing=FAST))

    assert batches == [(400, False, 400)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["coalesce(new, '') || old", "coalesce(NEW, '') || old", "coalesce(\"new\", '') || old"]
)
def test_what_reads_what_it_writes_is_done_once(batches, sql):
    make(400)

    finish(start(pacing=FAST, spec={"set": {"new": sql}}))

    assert differing() == 0
    assert {is_part for _, is_part, _ in batches} == {False}


@pytest.mark.django_db
def test_the_condition_may_name_what_is_written(batches):
    make(400)

    finish(start(pacing=FAST, spec={**COPY, "where": "new IS NULL"}))

    assert differing() == 0
    assert [is_part for _, is_part, _ in batches] == [True, False]


@pytest.mark.django_db
def test_a_lane_that_dies_between_the_steps_leaves_nothing_out(batches, monkeypatch):
    class Killed(BaseException):
        pass

    make(400)
    backfill = start(pacing=FAST)
    do = Assign.do

    def killed(self, batch):
        if not batch.is_part:
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
    assert '"t".ctid' in halving.condition('"t"')


@pytest.fixture
def thing(transactional_db):
    """A table of full pages with an index, and its key."""
    make(3000)
    query("CREATE INDEX ON thing (old)")
    yield keys.find(connection, keys.table(connection, "thing"))
    query("DROP TABLE thing")


def hot_updates(key, *, is_part):
    """Rows changed by a step, and how many of them stayed in their page and touched no index."""
    with transaction.atomic():
        batch = kinds.Batch(connection, "thing", key, None, None, 3000, is_part)
        changed = Assign(COPY).do(batch).changed
        hot = "SELECT pg_stat_get_xact_tuples_hot_updated('thing'::regclass)"
        return changed, query(hot)[0][0]


def test_rows_of_the_second_step_stay_in_their_page_and_touch_no_index(thing):
    for _attempt in range(5):  # whoever looks at the database just now keeps what was left behind
        first, first_hot = hot_updates(thing, is_part=True)
        second, second_hot = hot_updates(thing, is_part=False)
        if second_hot > 0.9 * second:
            break
        query("UPDATE thing SET new = NULL")
        query("VACUUM FULL thing")

    assert first + second == 3000
    assert first_hot < 0.1 * first
    assert second_hot > 0.9 * second
