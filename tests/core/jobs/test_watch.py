"""Which runs are rung for, and when again."""

from datetime import timedelta

import pytest

from tests.core.factories import RunFactory
from zdt_core import database, fast_copy
from zdt_core.jobs import watch
from zdt_core.jobs.models import Run

pytestmark = pytest.mark.django_db


def rung(seconds_ago):
    return database.Now() - timedelta(seconds=seconds_ago)


def test_due_runs_are_rung_the_longest_due_first(rings):
    late = RunFactory(due_at=rung(20))
    later = RunFactory(due_at=rung(10))

    assert watch.ring_for_due_runs() == 2
    assert rings() == [late.pk, later.pk]


def test_each_run_is_rung_on_its_queue(rings):
    work, monitor = RunFactory(), RunFactory(queue="zdt-monitor")

    watch.ring_for_due_runs()

    assert (rings("zdt"), rings("zdt-monitor")) == ([work.pk], [monitor.pk])


@pytest.mark.parametrize("trait", ["held", "due_later", "paused"])
def test_runs_at_work_not_due_or_paused_are_let_be(rings, trait):
    RunFactory(**{trait: True})

    assert watch.ring_for_due_runs() == 0


def test_a_run_whose_worker_died_is_rung_when_its_lease_lapses(rings):
    run = RunFactory(lapsed=True)

    watch.ring_for_due_runs()

    assert rings() == [run.pk]


@pytest.mark.parametrize(
    ("queue", "seconds_ago", "rings_again"),
    [("zdt", 29, 0), ("zdt", 31, 1), ("zdt-monitor", 4, 0), ("zdt-monitor", 6, 1)],
)
def test_a_ring_without_answer_is_repeated_after_the_patience_of_its_queue(
    rings, queue, seconds_ago, rings_again
):
    RunFactory(queue=queue, rung_at=rung(seconds_ago))

    assert watch.ring_for_due_runs() == rings_again


def test_a_second_look_rings_for_nobody(rings):
    RunFactory()

    assert [watch.ring_for_due_runs(), watch.ring_for_due_runs()] == [1, 0]


def test_what_could_not_be_rung_is_rung_by_the_next_tick(rings, monkeypatch):
    def away(queue, run_ids):
        raise fast_copy.Error("away")

    run = RunFactory()
    with monkeypatch.context() as patch:
        patch.setattr(watch.bell, "ring", away)
        with pytest.raises(fast_copy.Error):
            watch.ring_for_due_runs()
    assert Run.objects.get(pk=run.pk).rung_at is None

    assert watch.ring_for_due_runs() == 1


PLANS = [(), ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize")]


@pytest.mark.parametrize("forbidden", PLANS, ids=["as it likes", "again for each row"])
def test_a_tick_rings_for_a_bounded_number(rings, monkeypatch, forbidden):
    """Also where PostgreSQL plans to look for what is due again for each row."""
    monkeypatch.setattr(watch, "BATCH", 2)
    RunFactory.create_batch(3)
    with database.connection().cursor() as cursor:
        for plan in forbidden:
            cursor.execute(f"SET LOCAL enable_{plan} = off")

    assert [watch.ring_for_due_runs(), watch.ring_for_due_runs()] == [2, 1]
