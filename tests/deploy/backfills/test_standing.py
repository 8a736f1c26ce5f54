"""What the progress of a backfill tells of its lanes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.deploy.backfills.tables import ADA, make, run_due, start
from zdt_core import database
from zdt_core.jobs.models import Run
from zdt_deploy import backfills
from zdt_deploy.backfills import ranges, runs
from zdt_deploy.backfills.cli import shape
from zdt_deploy.backfills.models import Backfill, Range

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(monkeypatch):
    """A backfill whose lane 0 somebody holds, and whose lane 1 says why it is slow."""
    monkeypatch.setattr(ranges, "LEAST_ROWS", 10)
    make(100)
    row = start(lanes=2)
    run_due()
    lanes = Run.objects.filter(kind="backfill.lane")
    held = database.Now() + timedelta(minutes=1)
    lanes.filter(key__endswith="/0").update(lease_until=held)
    said = {"why": "backfill_lock_not_had", "why_params": {}}
    lanes.filter(key__endswith="/1").update(cursor=said)
    return row


def test_a_lane_that_nobody_has_taken_up_for_long_says_nothing(two):
    assert backfills.progress(two).why is None


def test_a_lane_that_rests_until_its_time_says_why(two):
    later = database.Now() + timedelta(minutes=1)
    Run.objects.filter(key__endswith="/1").update(due_at=later)

    assert backfills.progress(two).why == ("backfill_lock_not_had", {})


def test_while_all_wait_for_a_worker_the_last_word_counts(two):
    Run.objects.update(lease_until=None)

    assert backfills.progress(two).why == ("backfill_lock_not_had", {})


def test_the_end_counts_the_hours_at_which_it_rests(two, monkeypatch):
    Run.objects.filter(key__endswith="/0").update(rate=10)
    without = backfills.progress(two).seconds_left
    monkeypatch.setattr("zdt_deploy.backfills.windows.seconds_until_open", lambda *args: 7200.0)
    backfills.set_pacing(two, {"windows": ["00:00-24:00"]}, actor=ADA)

    assert backfills.progress(two).seconds_left >= without + 7200


def test_more_rows_than_were_estimated_have_no_end(two):
    Run.objects.filter(key__endswith="/0").update(rate=10)
    Backfill.objects.update(rows_total=10)
    Range.objects.filter(number=1).update(rows_done=30)

    found = backfills.progress(two)

    assert (found.done, found.fraction, found.seconds_left) == (30, 1.0, None)
    assert shape.pace(found) == "30 rows, more than the estimated 10, 10 rows/s"


def test_there_is_no_rate_of_lanes_whose_work_nobody_knows(two):
    Run.objects.filter(key__endswith="/0").update(rate=10, cursor={"why": runs.UNKNOWN_WORK})

    found = backfills.progress(two)

    assert (found.rate, found.seconds_left) == (None, None)
