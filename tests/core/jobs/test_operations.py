"""Starting, waking, pausing, resuming and cancelling runs."""

import pytest

from tests.core.factories import RunFactory
from zdt_core import database, jobs
from zdt_core.events import Actor, Event
from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs import operations
from zdt_core.jobs.models import Run

pytestmark = pytest.mark.django_db
ANNA = Actor("user", "anna")


@pytest.fixture
def work(kind):
    return kind(lambda slice: None)


def test_a_run_is_started_and_rung_on_commit(work, rings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        run = jobs.start(work, 17, params={"table": "users"})

    assert (run.kind, run.key, run.queue, run.state) == (work, "17", "zdt", "ready")
    assert run.params == {"table": "users"}
    assert rings() == []
    for callback in callbacks:
        callback()
    assert rings() == [run.pk]


def test_a_run_for_later_is_not_rung(work, rings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run = jobs.start(work, 17, due_in=60)

    assert Run.objects.filter(pk=run.pk, due_at__gt=database.Now(), rung_at=None).exists()
    assert rings() == []


@pytest.mark.parametrize("trait", ["held", "paused", "due_later"])
def test_starting_again_finds_the_live_run(work, trait):
    run = RunFactory(kind=work, key="17", params={"a": 1}, **{trait: True})

    assert jobs.start(work, 17, params={"a": 2}) == run
    run.refresh_from_db()
    assert run.params == {"a": 1}


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_a_finished_run_makes_way_for_a_new_one(work, state):
    old = RunFactory(kind=work, key="17", state=state)

    assert jobs.start(work, 17).pk != old.pk


def test_who_starts_second_in_a_race_gets_the_run_of_the_first(work, monkeypatch):
    create = operations._create

    def create_after_another(*args):
        create(*args)
        monkeypatch.setattr(operations, "_create", create)
        return create(*args)

    monkeypatch.setattr(operations, "_create", create_after_another)

    jobs.start(work, 17)

    assert Run.objects.count() == 1


def test_an_unknown_kind_is_not_started(work):
    with pytest.raises(ConfigurationError, match=r"test\.nothing"):
        jobs.start("test.nothing", 1)


def test_waking_makes_it_due_and_rings(work, rings, django_capture_on_commit_callbacks):
    run = RunFactory(kind=work, due_later=True)

    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.wake(work, run.key)

    assert Run.objects.filter(pk=run.pk, due_at__lte=database.Now()).exists()
    assert rings() == [run.pk]


def test_nobody_is_woken_where_nothing_is_ready(work):
    run = RunFactory(kind=work, paused=True)

    assert not jobs.wake(work, run.key)
    assert not jobs.wake(work, "another")


def test_cancelling_takes_the_run_from_its_holder(work):
    run = RunFactory(kind=work, held=True)

    assert jobs.cancel(work, run.key, actor=ANNA, reason="wrong table")

    run.refresh_from_db()
    event = Event.objects.get(kind="run.cancelled")
    assert (run.state, run.token, run.lease_until) == ("cancelled", 2, None)
    assert run.finished_at is not None
    assert (event.actor_name, event.reason) == ("anna", "wrong table")
    assert (event.before["state"], event.after["state"]) == ("ready", "cancelled")


def test_a_pause_takes_the_run_from_its_holder_and_resuming_rings(
    work, rings, django_capture_on_commit_callbacks
):
    run = RunFactory(kind=work, held=True)

    assert jobs.pause(work, run.key, actor=ANNA)
    run.refresh_from_db()
    assert (run.state, run.token, run.lease_until) == ("paused", 2, None)

    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.resume(work, run.key, actor=ANNA)
    run.refresh_from_db()
    assert run.state == "ready"
    assert rings() == [run.pk]
    assert [event.kind for event in Event.objects.order_by("id")] == ["run.paused", "run.resumed"]


@pytest.mark.parametrize("operation", [jobs.cancel, jobs.pause, jobs.resume])
def test_where_there_is_no_such_run_nothing_happens(work, operation):
    RunFactory(kind=work, key="17", state="succeeded")

    assert not operation(work, 17)
    assert Event.objects.count() == 0
