"""What a ring leads to."""

import pytest
from django.db import OperationalError

from tests.core.factories import RunFactory
from zdt_core import drain, jobs
from zdt_core.exceptions import LeaseLost
from zdt_core.jobs import work
from zdt_core.jobs.models import Run

pytestmark = pytest.mark.django_db


def test_the_handler_does_a_slice_and_its_outcome_is_written(kind):
    seen = []

    def handler(slice):
        seen.append((slice.kind, slice.key, slice.params, slice.token))
        return jobs.done()

    run = RunFactory(kind=kind(handler), key="a", params={"b": 1})

    work.run_slice(run.pk)

    run.refresh_from_db()
    assert seen == [("test.work", "a", {"b": 1}, 1)]
    assert run.state == "succeeded"


def test_a_slice_counts_as_in_flight(kind):
    seen = []

    def handler(slice):
        seen.append(drain.in_flight())
        return jobs.done()

    work.run_slice(RunFactory(kind=kind(handler)).pk)

    assert (seen, drain.in_flight()) == ([1], 0)


def test_a_doubled_ring_does_nothing(kind):
    calls = []

    def handler(slice):
        calls.append(slice.token)
        work.run_slice(slice.run_id)  # the second ring, while the first is answered
        return jobs.after(60)

    run = RunFactory(kind=kind(handler))

    work.run_slice(run.pk)
    work.run_slice(run.pk)  # not due

    assert calls == [1]


def test_a_ring_for_a_run_that_is_gone_does_nothing(kind):
    work.run_slice(10**9)


def test_a_kind_that_this_release_does_not_know_is_left_alone(kind):
    run = RunFactory(kind="test.of_tomorrow")

    work.run_slice(run.pk)

    run.refresh_from_db()
    assert (run.token, run.lease_until, run.failures) == (0, None, 0)


def test_an_error_is_written_on_the_run(kind):
    def handler(slice):
        raise ValueError("no such row")

    run = RunFactory(kind=kind(handler), failures=1)

    work.run_slice(run.pk)

    run.refresh_from_db()
    assert (run.state, run.failures) == ("ready", 2)
    assert (run.last_error, run.lease_until) == ("ValueError: no such row", None)


def test_an_error_after_progress_counts_as_the_first(kind):
    def handler(slice):
        with slice.commit() as save:
            save(done=1)
        raise ValueError

    run = RunFactory(kind=kind(handler), failures=5)

    work.run_slice(run.pk)

    run.refresh_from_db()
    assert (run.done, run.failures) == (1, 1)


def test_a_handler_has_to_say_how_to_go_on(kind):
    run = RunFactory(kind=kind(lambda slice: None))

    work.run_slice(run.pk)

    run.refresh_from_db()
    assert "returned None" in run.last_error


def test_a_handler_that_settled_with_its_last_step_needs_no_outcome(kind):
    def handler(slice):
        with slice.commit() as save:
            save(then=jobs.done())

    run = RunFactory(kind=kind(handler))

    work.run_slice(run.pk)

    run.refresh_from_db()
    assert (run.state, run.failures) == ("succeeded", 0)


def test_an_error_after_the_outcome_changes_nothing(kind):
    def handler(slice):
        with slice.commit() as save:
            save(then=jobs.done())
        raise ValueError

    run = RunFactory(kind=kind(handler))

    work.run_slice(run.pk)

    run.refresh_from_db()
    assert (run.state, run.failures, run.last_error) == ("succeeded", 0, "")


def test_who_lost_the_lease_writes_nothing(kind):
    def handler(slice):
        Run.objects.filter(pk=slice.run_id).update(token=5)
        raise LeaseLost

    run = RunFactory(kind=kind(handler))

    work.run_slice(run.pk)

    run.refresh_from_db()
    assert (run.token, run.failures, run.last_error) == (5, 0, "")


def test_a_process_told_to_end_at_once_hands_its_run_back(
    kind, rings, django_capture_on_commit_callbacks
):
    def handler(slice):
        raise SystemExit(1)

    run = RunFactory(kind=kind(handler))

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(SystemExit):
        work.run_slice(run.pk)

    run.refresh_from_db()
    assert (run.state, run.lease_until, run.failures) == ("ready", None, 0)
    assert rings() == [run.pk]


def test_without_postgresql_the_run_is_left_to_its_lease(kind, monkeypatch):
    def away(*args):
        raise OperationalError("server closed the connection")

    run = RunFactory(kind=kind(lambda slice: jobs.done()))
    monkeypatch.setattr(work.claims, "take", away)

    work.run_slice(run.pk)

    run.refresh_from_db()
    assert (run.state, run.token) == ("ready", 0)


@pytest.mark.django_db(transaction=True)
def test_no_session_is_held_after_a_slice(kind):
    from zdt_core import database

    run = RunFactory(kind=kind(lambda slice: jobs.done()))

    work.run_slice(run.pk)

    assert database.connection().connection is None
