"""What the doctor says of backfills."""

import time
from datetime import timedelta

import pytest

from tests.core.factories import RunFactory
from tests.deploy.factories import BackfillFactory
from zdt_core import database
from zdt_core.doctor import rounds
from zdt_deploy.backfills import runs

pytestmark = pytest.mark.django_db


def found():
    return {one.code or one.area: one for one in rounds.findings() if one.area == "backfills"}


def test_nothing_under_way_is_well():
    assert found()["backfills"].text == "Backfills under way: 0, and none is left alone"


def test_one_that_somebody_works_on_is_well():
    backfill = BackfillFactory.aged(600)
    RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, 0), held=True)

    assert found()["backfills"].text == "Backfills under way: 1, and none is left alone"


def test_one_that_is_left_alone_is_wrong_and_named():
    BackfillFactory.aged(600, name="shop.totals")
    told = found()["backfill_stalled"]

    assert (told.standing, "shop.totals" in told.text) == ("wrong", True)
    assert "zdt_worker" in told.cure


def test_one_that_only_workers_look_at_who_do_not_know_it_is_wrong():
    backfill = BackfillFactory.aged(600, name="shop.totals")
    RunFactory(
        kind=runs.LANE,
        key=runs.lane_key(backfill.pk, 0),
        due_at=database.Now() + timedelta(seconds=4),
        held=True,
        cursor={"why": runs.UNKNOWN_WORK, "unknown_since": time.time() - 200},
    )

    assert "shop.totals" in found()["backfill_stalled"].text


def test_one_that_nobody_brings_further_is_a_warning():
    backfill = BackfillFactory.aged(600, name="shop.totals")
    RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, 0), failures=2)
    told = found()["backfill_failing"]

    assert (told.standing, "shop.totals" in told.text) == ("warning", True)


def test_one_that_was_just_asked_for_is_not_left_alone():
    BackfillFactory()

    assert "backfill_stalled" not in found()


def test_one_that_failed_is_a_warning():
    BackfillFactory(name="shop.totals", failed=True)
    told = found()["backfill_failed"]

    assert (told.standing, "shop.totals" in told.text) == ("warning", True)
    assert "zdt_backfill show" in told.cure


def test_one_that_was_begun_anew_since_is_forgotten():
    BackfillFactory(name="shop.totals", failed=True)
    BackfillFactory(name="shop.totals", succeeded=True)

    assert "backfill_failed" not in found()


def test_an_old_failure_is_forgotten():
    BackfillFactory(failed=True, finished_at=database.Now() - timedelta(days=8))

    assert "backfill_failed" not in found()


def test_of_many_a_few_are_named():
    BackfillFactory.create_batch(8, failed=True)

    assert "(+3)" in found()["backfill_failed"].text
