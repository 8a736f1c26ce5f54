"""Steps of a slice: data, cursor and lease together, or nothing."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.core.factories import ProcessFactory, RunFactory
from zdt_core import database, drain, jobs
from zdt_core.events import Event
from zdt_core.exceptions import LeaseLost
from zdt_core.fleet.models import Process
from zdt_core.jobs import claims, registry, slices, stopping
from zdt_core.jobs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(kind):
    """Takes a run and gives the slice: ``take(run)``."""
    task = registry.get(kind(lambda slice: None))
    return lambda run: slices.Slice(claims.take(run.pk, task))


def lose(slice):
    """Somebody else takes the run."""
    Run.objects.filter(pk=slice.run_id).update(token=slice.token + 1)


def step(work, count):
    """A step that writes a row and how far it came."""
    with work.commit() as save:
        ProcessFactory()
        save(cursor={"after": count()}, done=count())


def test_a_step_commits_data_and_cursor_together(take):
    run = RunFactory()
    work = take(run)

    with work.commit() as save:
        ProcessFactory()
        save(cursor={"after": 10}, done=10, total=40)

    run.refresh_from_db()
    assert (run.cursor, run.done, run.total) == ({"after": 10}, 10, 40)
    assert (work.cursor, work.done, work.total) == ({"after": 10}, 10, 40)
    assert Process.objects.count() == 1


def test_a_step_of_one_who_lost_the_lease_leaves_no_trace(take):
    run = RunFactory()
    work = take(run)
    lose(work)

    with pytest.raises(LeaseLost):
        step(work, lambda: 10)

    run.refresh_from_db()
    assert (run.cursor, run.done, work.done) == ({}, 0, 0)
    assert Process.objects.count() == 0


def test_a_step_that_raises_leaves_no_trace(take):
    run = RunFactory()
    work = take(run)

    with pytest.raises(ZeroDivisionError):
        step(work, lambda: 1 / 0)

    run.refresh_from_db()
    assert (run.cursor, Process.objects.count()) == ({}, 0)


def test_a_step_renews_the_lease(take):
    run = RunFactory()
    work = take(run)
    Run.objects.filter(pk=run.pk).update(lease_until=database.Now() + timedelta(seconds=1))

    with work.commit():
        pass

    assert Run.objects.filter(
        pk=run.pk, lease_until__gt=database.Now() + timedelta(seconds=28)
    ).exists()


def test_a_step_whose_process_froze_is_ended_by_postgresql(take):
    work = take(RunFactory())

    with work.commit(), database.connection().cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("30s",)


def test_a_step_keeps_what_it_does_not_name(take):
    run = RunFactory(cursor={"after": 5}, done=5, total=10)
    work = take(run)

    with work.commit() as save:
        save(done=6)

    run.refresh_from_db()
    assert (run.cursor, run.done, run.total) == ({"after": 5}, 6, 10)


def test_progress_forgives_the_failures_before_it(take):
    run = RunFactory(failures=3)
    work = take(run)

    with work.commit():
        pass

    run.refresh_from_db()
    assert (run.failures, work.failures) == (0, 0)


def test_the_pace_is_kept(take):
    run = RunFactory()
    work = take(run)

    with work.commit() as save:
        save(done=100)

    run.refresh_from_db()
    assert run.rate > 0


def test_the_time_of_a_step_that_counts_nothing_is_that_of_the_next(take, monkeypatch):
    run = RunFactory()
    work, found = take(run), []
    clock = SimpleNamespace()
    monkeypatch.setattr(slices, "time", clock)
    for seconds, done in ((1, 0), (4, 10)):
        clock.monotonic = lambda seconds=seconds: work.claim.taken + seconds
        with work.commit() as save:
            save(done=done)
        run.refresh_from_db()
        found.append(run.rate)

    assert found == [None, pytest.approx(2.5)]


def test_the_outcome_may_ride_with_the_last_step(take):
    run = RunFactory()
    work = take(run)

    with work.commit() as save:
        save(done=1, then=jobs.done())

    run.refresh_from_db()
    assert (run.state, run.done, run.lease_until) == ("succeeded", 1, None)
    assert run.finished_at is not None
    with pytest.raises(RuntimeError, match="return from the handler"), work.commit():
        pass


def test_a_failure_for_good_is_recorded_with_the_step(take):
    run = RunFactory()
    work = take(run)

    with work.commit() as save:
        save(then=jobs.fail("too_odd", rows=3))

    run.refresh_from_db()
    event = Event.objects.get(kind="run.failed")
    assert (run.state, run.last_error) == ("failed", "too_odd (rows=3)")
    assert (event.subject_id, event.code, event.params) == (str(run.pk), "too_odd", {"rows": 3})


def test_a_fresh_slice_goes_on(take):
    assert not take(RunFactory()).should_stop()


def test_a_slice_stops_when_its_time_is_up(take, settings):
    work = take(RunFactory())

    settings.ZDT_SLICE_SECONDS = 1e-9

    assert work.should_stop()


def test_a_slice_stops_when_the_process_is_to_end(take):
    work = take(RunFactory())

    stopping.request()

    assert work.should_stop()


def test_a_slice_stops_when_the_process_drains(take, monkeypatch):
    work = take(RunFactory())

    monkeypatch.setattr(drain.state, "current", lambda: drain.Phase.DRAINING)

    assert work.should_stop()


def test_a_slice_stops_before_its_lease_lapses(take):
    work = take(RunFactory())

    work._renewed -= 23  # of the 30 seconds

    assert work.should_stop()
