"""What the ticker rings for, and what the jobs do: ask again, less often, until it is done."""

from datetime import timedelta

import pytest
from django.db import connection

from tests.deploy.factories import KnownShapeFactory, SchemaChangeFactory, alive
from tests.deploy.schema import trial
from tests.deploy.schema.trial import expand, fresh, runs, work
from zdt_core import database, fleet
from zdt_core.exceptions import Refused
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_core.jobs.work import run_slice
from zdt_deploy.deployments import clock
from zdt_deploy.schema import changes, contracting, jobs
from zdt_deploy.schema.models import SchemaChange

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_strangers(monkeypatch):
    monkeypatch.setattr(fleet, "strangers", lambda alias: [])


@pytest.fixture
def steps(monkeypatch):
    """What contracting did; an error in it is raised first."""
    done = []

    def physical(editor, spec):
        if done and isinstance(done[0], Exception):
            raise done[0]
        done.append(spec)

    monkeypatch.setattr(contracting, "_kinds", {})
    contracting.register("test_drop", physical)
    return done


@pytest.fixture
def owed():
    change = SchemaChangeFactory(owed=True)
    KnownShapeFactory(change=change)
    alive("2.0")
    return change


def slice_of(kind):
    """One slice of the run of this kind, as a worker does it, and the run after it."""
    run = Run.objects.get(kind=kind, state="ready")
    Run.objects.filter(pk=run.pk).update(due_at=database.Now())
    run_slice(run.pk)
    run.refresh_from_db()
    return run


def pause(run):
    return (run.due_at - clock.now()).total_seconds()


# ---- owed contracts ----


def test_the_ticker_sees_that_somebody_asks_for_what_is_owed(owed):
    SchemaChangeFactory(table="other")

    assert jobs.ring_for_owed() == 1
    assert jobs.ring_for_owed() == 1
    assert runs("schema.contract") == [str(owed.pk)]


def test_what_is_owed_is_done_once_its_gate_is_open(owed, steps):
    jobs.ring_for_owed()

    run = slice_of("schema.contract")

    assert (run.state, fresh(owed).phase, len(steps)) == ("succeeded", "contracted", 1)
    assert jobs.ring_for_owed() == 0


def test_a_closed_gate_is_asked_again_and_again_until_it_opens(owed, steps, settings):
    settings.ZDT_SCHEMA_ASK_SECONDS = 100.0
    alive("1.0")
    jobs.ring_for_owed()

    for _time in range(3):
        run = slice_of("schema.contract")
        assert run.state == "ready"
        assert 90 < pause(run) < 101
    assert fresh(owed).obstacles[0]["code"] == "schema_processes"

    Process.objects.filter(release="1.0").delete()
    assert slice_of("schema.contract").state == "succeeded"
    assert len(steps) == 1


def test_a_lock_that_is_not_had_is_tried_less_and_less_often(owed, steps, settings):
    settings.ZDT_SCHEMA_ASK_SECONDS = 100.0
    steps.append(Refused("lock_not_had", what="x", tables="t", tries=1, seconds=1, blockers="-"))
    jobs.ring_for_owed()

    pauses = [round(pause(slice_of("schema.contract")), -2) for _time in range(7)]

    assert pauses == [100, 200, 400, 800, 1600, 1800, 1800]
    assert fresh(owed).obstacles[0]["code"] == "lock_not_had"
    steps.clear()
    assert slice_of("schema.contract").state == "succeeded"


def test_the_step_waits_for_its_locks_no_longer_than_its_lease_allows(owed, monkeypatch, settings):
    settings.ZDT_LEASE_SECONDS = 8.0
    patience = []
    monkeypatch.setattr(contracting, "_kinds", {})
    contracting.register("test_drop", lambda editor, spec: patience.append(editor.zdt_patience))
    jobs.ring_for_owed()

    slice_of("schema.contract")

    assert patience == [4.0]


def test_what_a_killed_migration_began_is_ended_by_the_ticker(owed, steps):
    SchemaChange.objects.filter(pk=owed.pk).update(
        owed_at=None, contracting_at=database.Now() - timedelta(seconds=30)
    )
    assert jobs.ring_for_owed() == 0  # whoever began may be at it

    SchemaChange.objects.filter(pk=owed.pk).update(
        contracting_at=database.Now() - timedelta(hours=1)
    )
    assert jobs.ring_for_owed() == 1
    slice_of("schema.contract")
    assert fresh(owed).phase == "contracted"


def test_what_is_owed_no_longer_ends_its_job(owed, steps):
    jobs.ring_for_owed()
    contracting.contract_reversed(connection, owed.key)

    assert slice_of("schema.contract").state == "succeeded"
    assert steps == []


# ---- what follows, and what is watched ----


def test_what_is_filled_is_compared_and_judged_by_jobs():
    trial.make_table("a")
    change = expand()
    work(change.backfill)
    slice_of("schema.follow")
    work(change.certificates.get().backfill)
    slice_of("schema.follow")

    assert fresh(change).phase == "verified"


def test_a_ring_that_was_lost_is_rung_again():
    trial.make_table("a")
    change = expand()
    work(change.backfill)
    Run.objects.all().delete()

    jobs.ring_for_owed()

    assert runs("schema.follow") == [str(change.pk)]


def test_a_change_whose_database_is_gone_hides_no_other():
    change = trial.born_verified("a")
    SchemaChangeFactory(alias="moved_away")
    trial.run(f"DROP TRIGGER {trial.pair().trigger} ON {trial.TABLE}")
    jobs.ring_for_owed()

    assert slice_of("schema.watch").state == "ready"
    assert fresh(change).problem == "schema_trigger_missing"


def test_open_changes_are_watched_until_none_is_open(settings):
    settings.ZDT_SCHEMA_WATCH_SECONDS = 100.0
    change = trial.born_verified("a")
    trial.run(f"DROP TRIGGER {trial.pair().trigger} ON {trial.TABLE}")
    jobs.ring_for_owed()
    jobs.ring_for_owed()

    run = slice_of("schema.watch")
    assert (run.state, fresh(change).problem) == ("ready", "schema_trigger_missing")
    assert 90 < pause(run) < 101

    changes.expand_reversed(connection, trial.KEY)
    assert slice_of("schema.watch").state == "succeeded"
    jobs.ring_for_owed()
    assert runs("schema.watch") == []
