"""What operators do with backfills, and what stays on record of it."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.deploy.backfills.tables import ADA, SMALL, differing, finish, hurry, make, run_due, start
from zdt_core import database
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_core.jobs.models import Run
from zdt_deploy import backfills
from zdt_deploy.backfills import jobs as chores
from zdt_deploy.backfills import retrying, runs
from zdt_deploy.backfills.models import Backfill, Range

pytestmark = pytest.mark.django_db
State = Backfill.State
STEADY = {**SMALL, "pause": 4}


@pytest.fixture
def running():
    """Planned, and nothing done yet; a slice does a batch of 20 rows."""
    make(60)
    row = start(lanes=2, pacing=STEADY)
    run_due()
    row.refresh_from_db()
    return row


def told(row):
    events = Event.objects.filter(subject_type="backfill", subject_id=str(row.pk)).order_by("pk")
    return [(each.kind, each.refused) for each in events]


def code_of(operation, *args, **options):
    with pytest.raises(Refused) as refusal:
        operation(*args, actor=ADA, **options)
    return refusal.value.code


def test_the_live_one_of_a_name_is_returned():
    make(10)
    row = start()

    assert start(pacing="adaptive") == row
    assert Backfill.objects.count() == 1
    assert told(row) == [("backfill.started", False)]


def test_a_name_is_free_again_once_its_backfill_has_ended():
    make(10)
    finish(start())

    assert start().state == State.PLANNING
    assert Backfill.objects.count() == 2


def test_who_asked_for_it_and_why_is_kept():
    make(10)
    row = start(reason="a new column")

    assert (row.started_by, row.reason) == ("user:ada", "a new column")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"lanes": 0}, "backfill_lanes"),
        ({"lanes": 65}, "backfill_lanes"),
        ({"kind": "guess"}, "backfill_kind_unknown"),
        ({"spec": {}}, "backfill_spec"),
        ({"on_error": "ignore"}, "backfill_on_error"),
        ({"pacing": "fast"}, "backfill_pacing_mode"),
        ({"name": ""}, "backfill_name"),
        ({"kind": "function", "spec": {"function": "nobody"}}, "backfill_function_unknown"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(options, code):
    with pytest.raises(Refused) as refusal:
        start(**options)

    assert refusal.value.code == code
    assert not Backfill.objects.exists()


def test_a_paused_one_rests_until_it_is_resumed(running):
    backfills.pause(running, actor=ADA, reason="a sale")
    hurry()
    assert run_due() == 0

    backfills.resume("copy", actor=ADA)

    assert finish(running, hurried=True).state == State.SUCCEEDED
    assert told(running)[1:3] == [("backfill.paused", False), ("backfill.resumed", False)]


def test_one_that_is_not_planned_yet_is_paused_as_well():
    make(10)
    row = start()
    backfills.pause(row, actor=ADA)
    assert run_due() == 0

    backfills.resume(row, actor=ADA)

    assert finish(row).state == State.SUCCEEDED


def test_a_cancelled_one_keeps_what_it_has_done(running):
    run_due(only=runs.lane_key(running.pk, 0))
    backfills.cancel(running, actor=ADA)

    assert run_due() == 0
    running.refresh_from_db()
    assert (running.state, running.rows_done, differing()) == (State.CANCELLED, 20, 40)
    assert not Run.objects.filter(state__in=("ready", "paused")).exists()


def test_a_cancelled_one_can_be_taken_up_again(running):
    backfills.cancel(running, actor=ADA)

    backfills.retry(running, actor=ADA)

    assert (finish(running, hurried=True).state, differing()) == (State.SUCCEEDED, 0)


def test_what_its_state_does_not_allow_is_refused_and_stays_on_record(running):
    assert code_of(backfills.resume, running) == "backfill_state"
    assert code_of(backfills.retry, running) == "backfill_state"
    assert told(running)[1:] == [("backfill.resumed", True), ("backfill.retried", True)]


def test_the_engine_leaves_no_record_of_its_own_attempts(running):
    with pytest.raises(Refused):
        backfills.resume(running, actor=Actor.system("backfills"))

    assert told(running)[1:] == []


def test_a_failed_one_is_not_retried_beside_a_live_one_of_its_name():
    make(10)
    failed = finish(start(spec={"set": {"nwe": "old"}}))
    start()

    assert code_of(backfills.retry, failed) == "backfill_lives_already"


def test_a_retry_while_somebody_starts_another_one_is_refused_and_stays_on_record(
    running, monkeypatch
):
    backfills.cancel(running, actor=ADA)
    monkeypatch.setattr(retrying, "check", lambda row: start())

    assert code_of(backfills.retry, running) == "backfill_lives_already"
    running.refresh_from_db()
    assert (running.state, told(running)[-1]) == (State.CANCELLED, ("backfill.retried", True))


def test_a_name_that_never_was_is_refused():
    assert code_of(backfills.pause, "nothing") == "backfill_unknown"


def test_it_is_paced_anew_while_it_runs(running):
    backfills.set_pacing(running, "none", lanes=3, actor=ADA)

    running.refresh_from_db()
    paced = {**STEADY, "mode": "none"}
    assert (running.pacing, running.lanes) == (paced, 3)
    assert Run.objects.filter(kind=runs.LANE).count() == 3
    event = Event.objects.get(kind="backfill.paced")
    assert (event.before["pacing"], event.after["pacing"]) == (STEADY, paced)
    assert finish(running).state == State.SUCCEEDED


def test_lanes_and_pacings_that_make_no_sense_stay_on_record(running):
    assert code_of(backfills.set_pacing, running, lanes=65) == "backfill_lanes"
    assert code_of(backfills.set_pacing, running, {"rows": 0}) == "backfill_pacing_number"

    running.refresh_from_db()
    assert (running.pacing, running.lanes) == (STEADY, 2)
    assert told(running)[1:] == [("backfill.paced", True)] * 2


def test_nothing_begins_before_the_commit_of_who_started_it():
    make(10)
    with database.atomic():
        start()
        transaction.set_rollback(True)

    assert not Backfill.objects.exists()
    assert not Run.objects.filter(kind=runs.PLAN).exists()


def test_progress_tells_how_far_it_is(running):
    run_due(only=runs.lane_key(running.pk, 0))
    backfills.pause(running, actor=ADA, code="backfill_disk_full", params={"error": "no space"})

    found = backfills.progress(running)

    assert (found.state, found.done, found.changed, found.failed) == (State.PAUSED, 20, 20, 0)
    assert found.why == ("backfill_disk_full", {"error": "no space"})
    assert "no space" in found.reason
    assert (found.ranges_done, found.ranges, found.lanes) == (0, 1, 0)


def test_runs_that_were_lost_are_started_again(running):
    Range.objects.filter(backfill=running).update(state=Range.State.WORKING, lane=1)
    Run.objects.filter(kind=runs.LANE).delete()

    chores.attend()

    assert (finish(running, hurried=True).state, differing()) == (State.SUCCEEDED, 0)


def test_a_plan_that_was_lost_is_made_again():
    make(10)
    row = start()
    Run.objects.all().delete()

    chores.attend()

    assert finish(row).state == State.SUCCEEDED
