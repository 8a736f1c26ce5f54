"""What a backfill would take, with nothing changed."""

from __future__ import annotations

import pytest

from tests.deploy.backfills.tables import COPY, differing, make, query
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills import estimating
from zdt_deploy.backfills.assign import Assign

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    """A batch of 500 rows takes half a second."""
    now = iter(range(10**6))
    monkeypatch.setattr(estimating.time, "monotonic", lambda: next(now) / 4)


def test_a_few_batches_are_tried_and_rolled_back():
    make(3000)
    query("ANALYZE thing")

    found = backfills.estimate("thing", kind="assign", spec=COPY)

    assert found.rows == 3000
    assert found.rate is not None
    assert differing() == 3000


def test_what_is_tried_is_little_as_it_stays_behind_as_dead_rows(monkeypatch):
    make(6000)
    query("ANALYZE thing")
    monkeypatch.setattr(estimating.time, "monotonic", iter(range(10**6)).__next__)
    monkeypatch.setattr(estimating, "SAMPLE_SECONDS", 10**6)
    tried = []
    do = Assign.do
    monkeypatch.setattr(
        Assign, "do", lambda self, batch: tried.append(batch.rows) or do(self, batch)
    )

    backfills.estimate("thing", kind="assign", spec=COPY)

    assert sum(tried) == estimating.SAMPLE_ROWS < 6000


def test_it_tells_the_time_of_each_pacing():
    make(3000)
    query("ANALYZE thing")

    found = backfills.estimate("thing", pacing="fixed", kind="assign", spec=COPY)

    assert set(found.by_mode) == {"adaptive", "fixed", "none"}
    assert found.seconds == found.by_mode["fixed"]
    assert found.by_mode["none"] < found.by_mode["fixed"] <= found.by_mode["adaptive"]


def test_without_work_to_try_the_time_is_not_known():
    make(100)

    found = backfills.estimate("thing")

    assert (found.rate, found.seconds) == (None, None)


def test_an_empty_table_takes_no_time():
    make(0)

    found = backfills.estimate("thing", kind="assign", spec=COPY)

    assert (found.rows, found.seconds) == (0, 0.0)


@pytest.mark.parametrize(
    ("table", "spec", "code"),
    [
        ("nothing", COPY, "backfill_table_missing"),
        ("thing", {"set": {"nwe": "old"}}, "backfill_sql_refused"),
        ("thing", {"set": {"id": "id + 1"}}, "backfill_sets_key"),
        ("keyless", COPY, "backfill_table_without_key"),
    ],
)
def test_it_refuses_what_the_backfill_would(table, spec, code):
    make(10)
    query("CREATE TABLE keyless (old text, new text)")

    with pytest.raises(Refused) as refusal:
        backfills.estimate(table, kind="assign", spec=spec)

    assert refusal.value.code == code


def test_a_view_is_refused_with_the_name_of_its_table():
    make(10)
    query("CREATE VIEW goods AS SELECT * FROM thing")

    with pytest.raises(Refused) as refusal:
        backfills.estimate("goods", kind="assign", spec=COPY)

    assert (refusal.value.code, refusal.value.params["tables"]) == ("backfill_view", "thing")


def test_an_alias_that_is_none_is_refused():
    with pytest.raises(Refused) as refusal:
        backfills.estimate("thing", "nowhere")

    assert refusal.value.code == "backfill_alias_unknown"
