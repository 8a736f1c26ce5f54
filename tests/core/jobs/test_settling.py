"""What becomes of a run after a slice."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.core.factories import RunFactory
from zdt_core import database, jobs
from zdt_core.events import Event
from zdt_core.exceptions import LeaseLost
from zdt_core.jobs import claims, registry, settling
from zdt_core.jobs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def settle(kind, django_capture_on_commit_callbacks):
    """Takes a run and settles it as a handler would: ``settle(then, run=…) -> run``."""
    task = registry.get(kind(lambda slice: None))

    def settle(then, run=None, meanwhile=lambda run: None):
        run = run or RunFactory()
        claim = claims.take(run.pk, task)
        meanwhile(run)
        with django_capture_on_commit_callbacks(execute=True), database.atomic():
            settling.settle(claim, then)
        run.refresh_from_db()
        return run

    return settle


def due_within(run, low, high):
    now = database.Now()
    return Run.objects.filter(
        pk=run.pk,
        due_at__gte=now + timedelta(seconds=low),
        due_at__lte=now + timedelta(seconds=high),
    ).exists()


def test_again_gives_the_run_back_due_and_rings(settle, rings):
    run = settle(jobs.again())

    assert (run.state, run.lease_until, run.holder) == ("ready", None, "")
    assert due_within(run, -1, 0)
    assert rings() == [run.pk]


def test_after_makes_it_due_by_the_clock_of_the_database_without_a_ring(settle, rings):
    run = settle(jobs.after(60))

    assert due_within(run, 59, 60)
    assert (run.rung_at, rings()) == (None, [])


def test_at_makes_it_due_at_that_moment(settle):
    moment = datetime(2100, 1, 1, tzinfo=UTC)

    assert settle(jobs.at(moment)).due_at == moment


def test_a_run_that_was_woken_meanwhile_is_due_at_once(settle, rings):
    run = settle(jobs.after(60), meanwhile=lambda run: jobs.wake(run.kind, run.key))

    assert due_within(run, -1, 0)
    assert run.rung_at is None  # the next tick rings


def test_done_ends_it(settle):
    run = settle(jobs.done(), RunFactory(last_error="once", failures=2))

    assert (run.state, run.last_error, run.failures) == ("succeeded", "", 0)
    assert run.finished_at is not None


def test_a_cancelled_run_stays_cancelled(settle):
    run = RunFactory()

    with pytest.raises(LeaseLost):
        settle(jobs.done(), run, meanwhile=lambda run: jobs.cancel(run.kind, run.key))

    run.refresh_from_db()
    assert run.state == "cancelled"


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (4, 8), (40, 300)])
def test_an_error_puts_the_next_try_off(kind, failures, seconds):
    run = RunFactory()
    claim = claims.take(run.pk, registry.get(kind(lambda slice: None)))

    settling.note_error(claim, ValueError("no such row"), failures)

    run.refresh_from_db()
    assert (run.state, run.failures) == ("ready", failures)
    assert (run.lease_until, run.last_error) == (None, "ValueError: no such row")
    assert due_within(run, seconds - 1, seconds)


def test_a_monitor_waits_no_longer_than_its_own_limit(kind):
    name = kind(lambda slice: None, "test.watch", queue="zdt-monitor")
    run = RunFactory(kind=name, queue="zdt-monitor")
    claim = claims.take(run.pk, registry.get(name))

    settling.note_error(claim, ValueError(), 30)

    assert due_within(run, 9, 10)


def test_too_many_errors_in_a_row_end_the_run(kind):
    run = RunFactory()
    claim = claims.take(run.pk, registry.get(kind(lambda slice: None, max_failures=3)))

    settling.note_error(claim, ValueError("no such row"), 3)

    run.refresh_from_db()
    event = Event.objects.get(kind="run.failed")
    assert (run.state, run.failures, run.lease_until) == ("failed", 3, None)
    assert (event.subject_id, event.code) == (str(run.pk), "run_raised_too_often")
    assert "3 times in a row" in event.sentence


def test_a_run_that_is_handed_back_keeps_its_failures_and_is_rung(
    kind, rings, django_capture_on_commit_callbacks
):
    run = RunFactory(failures=2)
    claim = claims.take(run.pk, registry.get(kind(lambda slice: None)))

    with django_capture_on_commit_callbacks(execute=True):
        settling.hand_back(claim)

    run.refresh_from_db()
    assert (run.lease_until, run.failures, run.state) == (None, 2, "ready")
    assert rings() == [run.pk]
