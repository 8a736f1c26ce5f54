"""The chores of the ticker."""

import time
from datetime import timedelta

import pytest
from rq.registry import FailedJobRegistry, StartedJobRegistry

from tests.core.factories import RunFactory
from zdt_core import database
from zdt_core.jobs import bell, housekeeping, ticker
from zdt_core.jobs.models import Run


def days_ago(days):
    return database.Now() - timedelta(days=days)


@pytest.mark.django_db
def test_runs_that_ended_long_ago_are_forgotten(settings):
    settings.ZDT_RUNS_KEEP = 7
    RunFactory(state="succeeded", finished_at=days_ago(8))
    kept = {
        RunFactory(state="failed", finished_at=days_ago(6)).pk,
        RunFactory(created_at=days_ago(100)).pk,
    }

    assert housekeeping.forget_old_runs() == 1
    assert set(Run.objects.values_list("pk", flat=True)) == kept


def test_what_dead_workers_and_failed_rings_left_is_cleared():
    connection = bell.connection("zdt")
    started = StartedJobRegistry("zdt", connection=connection)
    failed = FailedJobRegistry("zdt", connection=connection)
    for registry in (started, failed):
        connection.zadd(registry.key, {"lost:1": time.time() - 1})

    housekeeping.clean_registries()

    assert not any(connection.zscore(each.key, "lost:1") for each in (started, failed))


def test_the_chores_are_registered():
    assert {"jobs.registries", "jobs.forget", "fleet.forget"} <= set(ticker._chores)
