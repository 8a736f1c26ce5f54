"""Whether what a fill has left may still be done."""

import pytest
from django.db import connection

from tests.deploy.schema import trial
from tests.deploy.schema.trial import ADA, KEY, fresh, run, settle, work
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills import retrying
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import changes, following, steering

pytestmark = pytest.mark.django_db


@pytest.fixture
def change():
    """Its fill was cancelled."""
    trial.make_table("Mary Ann")
    change = trial.expand()
    backfills.cancel(change.backfill, actor=ADA)
    following.follow(change.pk)
    return fresh(change)


def refused(fill):
    with pytest.raises(Refused) as refusal:
        backfills.retry(fill, actor=ADA)
    return refusal.value.code


def test_a_fill_that_the_change_waits_for_is_retried(change):
    work(backfills.retry(change.backfill, actor=ADA))

    assert settle(change).phase == "verified"


def test_a_cancelled_fill_that_a_repair_took_over_is_not_retried_after_the_switch(change):
    first = change.backfill
    steering.repair(change, actor=ADA)
    settle(change)
    changes.switched(connection, KEY, actor=ADA)

    assert refused(first) == "backfill_superseded"


def test_a_fill_is_not_retried_once_the_other_side_is_right(change):
    run("UPDATE trial SET new = old")
    following.compare(fresh(change), actor=ADA)
    assert settle(change).phase == "verified"
    changes.switched(connection, KEY, actor=ADA)

    assert refused(change.backfill) == "schema_retry_over"
    assert retrying.command(change.backfill) == f"manage.py zdt_schema status '{KEY}'"


def test_a_fill_from_the_side_that_a_person_named_after_the_switch_is_retried(change):
    backfills.retry(change.backfill, actor=ADA)
    settle(change)
    changes.switched(connection, KEY, actor=ADA)
    run("ALTER TABLE trial DISABLE TRIGGER USER; UPDATE trial SET new = 'Bob'")
    run(f"ALTER TABLE trial ENABLE ALWAYS TRIGGER {trial.pair().trigger}")
    steering.repair(fresh(change), actor=ADA, reason="old is right", truth="old")
    fill = fresh(change).backfill
    work(fill, Backfill.State.FAILED)
    following.follow(change.pk)

    assert fresh(change).problem == "schema_fill_failed"
    assert retrying.command(fill) == f"manage.py zdt_backfill retry '{fill.name}'"
    work(backfills.retry(fill, actor=ADA))
    settle(change)
    assert run("SELECT old, new FROM trial") == [("Mary Ann", "Mary Ann")]
    assert fresh(change).problem == ""


def test_such_a_fill_is_not_retried_once_code_was_taken_back_and_switched_again(change):
    backfills.retry(change.backfill, actor=ADA)
    settle(change)
    changes.switched(connection, KEY, actor=ADA)
    steering.repair(fresh(change), actor=ADA, reason="old is right", truth="old")
    fill = fresh(change).backfill
    work(fill, Backfill.State.FAILED)
    following.compare(fresh(change), actor=ADA)
    settle(change)
    changes.switch_reversed(connection, KEY, actor=ADA)
    changes.switched(connection, KEY, actor=ADA)

    assert refused(fill) == "schema_retry_over"


def test_the_fill_of_a_change_that_was_taken_back_is_not_retried(change):
    changes.expand_reversed(connection, KEY, actor=ADA)

    assert refused(change.backfill) == "schema_retry_over"
