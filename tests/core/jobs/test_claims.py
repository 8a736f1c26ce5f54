"""Who may take a run, and who may write to it."""

from datetime import timedelta

import pytest

from tests.core.factories import RunFactory
from zdt_core import database, identity
from zdt_core.exceptions import LeaseLost
from zdt_core.jobs import claims, registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(kind):
    return registry.get(kind(lambda slice: None))


def test_a_due_run_is_taken_with_a_new_token_under_a_lease(task):
    run = RunFactory(
        token=7, cursor={"after": 3}, params={"table": "users"}, rung_at=database.Now()
    )

    claim = claims.take(run.pk, task)

    run.refresh_from_db()
    assert (claim.token, claim.cursor, claim.params) == (8, {"after": 3}, {"table": "users"})
    assert (run.token, run.holder, run.rung_at) == (8, identity.instance(), None)
    assert run.lease_until > run.created_at + timedelta(seconds=29)


@pytest.mark.parametrize("trait", ["held", "due_later", "paused"])
def test_a_run_that_is_held_or_not_due_or_paused_is_not_taken(task, trait):
    run = RunFactory(**{trait: True})

    assert claims.take(run.pk, task) is None


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_a_finished_run_is_not_taken(task, state):
    assert claims.take(RunFactory(state=state).pk, task) is None


def test_a_run_whose_lease_lapsed_is_taken_over(task):
    run = RunFactory(lapsed=True)

    assert claims.take(run.pk, task).token == 2


def test_a_second_claim_finds_the_run_taken(task):
    run = RunFactory()

    assert claims.take(run.pk, task) is not None
    assert claims.take(run.pk, task) is None


def test_the_holder_writes(task):
    run = RunFactory()

    claims.write(claims.take(run.pk, task), done=5)

    run.refresh_from_db()
    assert run.done == 5


def test_a_holder_of_an_older_token_writes_nothing(task):
    run = RunFactory()
    claim = claims.take(run.pk, task)
    type(run).objects.filter(pk=run.pk).update(token=claim.token + 1)

    with pytest.raises(LeaseLost):
        claims.write(claim, done=5)

    run.refresh_from_db()
    assert run.done == 0


def test_who_gave_the_run_back_writes_no_more(task):
    run = RunFactory()
    claim = claims.take(run.pk, task)
    claims.write(claim, lease_until=None)

    with pytest.raises(LeaseLost):
        claims.write(claim, done=5)
