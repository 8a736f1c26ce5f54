from contextlib import suppress

import pytest
from django.db import connections, transaction

from tests.core.factories import ProcessFactory
from zdt_core import database
from zdt_core.fleet.models import Process


class Elsewhere:
    """A site's router that sends reads to a replica."""

    def db_for_read(self, model, **hints):
        return "replica"

    def db_for_write(self, model, **hints):
        return "replica"


def test_the_alias_is_a_setting(settings):
    assert database.alias() == "default"

    settings.ZDT_DATABASE = "zdt"
    assert database.alias() == "zdt"


@pytest.mark.django_db
def test_zdts_tables_are_never_read_through_a_sites_router(settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.Elsewhere"]
    process = ProcessFactory()

    assert Process.objects.get().instance == process.instance
    assert Process.objects.filter(pk=process.pk).update(role="worker") == 1
    process.refresh_from_db()
    assert process.role == "worker"
    process.delete()
    assert not Process.objects.exists()


def test_queries_follow_the_setting(settings):
    settings.ZDT_DATABASE = "zdt"

    assert Process.objects.all().db == "zdt"


@pytest.mark.django_db(transaction=True)
def test_work_after_the_commit_waits_for_it_and_runs_at_once_without_a_transaction():
    done = []
    with database.atomic():
        database.on_commit(lambda: done.append("committed"))
        assert done == []
    assert done == ["committed"]

    database.on_commit(lambda: done.append("at once"))
    assert done == ["committed", "at once"]

    with database.atomic():
        database.on_commit(lambda: done.append("never"))
        transaction.set_rollback(True, using=database.alias())
    assert done == ["committed", "at once"]


@pytest.mark.django_db(transaction=True)
def test_a_short_session_is_given_back_even_after_an_error():
    with database.short_session() as connection:
        connection.ensure_connection()
    assert connections["default"].connection is None

    with suppress(ZeroDivisionError), database.short_session() as connection:
        connection.ensure_connection()
        raise ZeroDivisionError
    assert connections["default"].connection is None


@pytest.mark.django_db
def test_a_short_session_inside_a_transaction_leaves_it_alone():
    with database.atomic():
        ProcessFactory()
        with database.short_session():
            pass
        assert Process.objects.count() == 1


@pytest.mark.django_db
def test_times_are_the_databases(django_assert_num_queries):
    process = ProcessFactory()
    process.refresh_from_db()

    assert process.joined_at == process.seen_at
