"""What the database does by itself: count changes, and offer the reference case's table."""

from datetime import datetime
from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from tests.flags.factories import FlagFactory, TargetFactory
from zdt_flags import truth
from zdt_flags.models import Flag, SnapshotVersion, Target


def run(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchall() if cursor.description else None


@pytest.fixture
def flag(flags):
    return FlagFactory(checkout=True)


def insert_in_bulk(flag):
    Flag.objects.bulk_create([Flag(name="b"), Flag(name="c")])


def update_past_save(flag):
    Flag.objects.filter(pk=flag.pk).update(percentage=1)


def update_in_psql(flag):
    run("UPDATE zdt_flags_flag SET enabled = false WHERE name = %s", flag.name)


def delete_in_psql(flag):
    run("DELETE FROM zdt_flags_flag")


def allow_somebody(flag):
    Target.objects.bulk_create([Target(flag=flag, value="ann")])


def empty_the_tables(flag):
    run("TRUNCATE zdt_flags_flag CASCADE")


def save(flag):
    flag.save()


@pytest.mark.parametrize(
    "change",
    [
        insert_in_bulk, update_past_save, update_in_psql, delete_in_psql, allow_somebody,
        empty_the_tables, save,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_every_way_to_change_a_flag_is_counted(flag, change):
    before = truth.version()

    change(flag)

    assert truth.version().number > before.number
    assert truth.version().stamp > before.stamp


def test_one_transaction_is_one_version(flags):
    FlagFactory(name="a")
    before = truth.version()

    with transaction.atomic():
        Flag.objects.bulk_create([Flag(name=f"bulk-{number}") for number in range(50)])
        Flag.objects.update(owner="somebody")

    assert truth.version().number == before.number + 1


def test_a_transaction_that_rolls_back_is_no_version(flag):
    before = truth.version()
    with transaction.atomic():
        Flag.objects.update(enabled=False)
        transaction.set_rollback(True)

    assert truth.version() == before


def test_an_open_transaction_on_one_flag_does_not_hold_up_a_kill_switch(flag):
    """Somebody left a session open over lunch."""
    FlagFactory(name="other")
    forgotten = connections["default"].copy()
    try:
        forgotten.set_autocommit(False)
        with forgotten.cursor() as cursor:
            cursor.execute("UPDATE zdt_flags_flag SET owner = 'lunch' WHERE name = 'other'")
            with transaction.atomic():
                run("SET LOCAL lock_timeout = '500ms'")
                Flag.objects.filter(pk=flag.pk).update(enabled=False)
        forgotten.rollback()
    finally:
        forgotten.close()

    assert truth.load().rules[flag.name] is False


def test_the_first_change_after_a_flush_counts_from_one(flag):
    SnapshotVersion.objects.all().delete()
    Flag.objects.update(enabled=False)

    assert truth.version().number == 1


def test_the_reference_table_is_offered_as_a_view(flag):
    for user in ("internal-2", "internal-1"):
        TargetFactory(flag=flag, value=user)
    TargetFactory(flag=flag, value="outsider", verdict=Target.Verdict.DENY)
    FlagFactory(name="ai_recommendations", percentage=5)
    FlagFactory(name="legacy_dashboard", enabled=False)

    rows = run(
        "SELECT name, enabled, percentage, whitelist, updated_at FROM feature_flags ORDER BY name"
    )

    assert [row[:4] for row in rows] == [
        ("ai_recommendations", True, 5, []),
        ("legacy_dashboard", False, None, []),
        ("new_checkout_flow", True, 25, ["internal-1", "internal-2"]),
    ]
    assert all(isinstance(row[4], datetime) for row in rows)


def test_the_view_rounds_a_share_down(flags):
    FlagFactory(name="a", percentage="0.999")

    assert run("SELECT percentage FROM feature_flags") == [(0,)]


def test_the_columns_of_the_view_have_the_types_of_the_reference_table(flags):
    types = dict(
        run(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = 'feature_flags'"
        )
    )

    assert types == {
        "name": "character varying",
        "enabled": "boolean",
        "percentage": "integer",
        "whitelist": "ARRAY",
        "updated_at": "timestamp with time zone",
    }


@pytest.mark.django_db
def test_a_site_that_has_a_table_of_that_name_keeps_it():
    step = import_module("zdt_flags.migrations.0002_version_and_view")

    run(step.NO_VIEW)
    run("CREATE TABLE feature_flags (mine int)")

    run(step.VIEW)
    run(step.NO_VIEW)

    assert run("SELECT * FROM feature_flags") == []


@pytest.mark.django_db
def test_the_migration_goes_back_and_forth_without_losing_a_flag():
    FlagFactory(name="a")
    run("SET CONSTRAINTS ALL IMMEDIATE")

    call_command("migrate", "zdt_flags", "0001", verbosity=0)
    call_command("migrate", "zdt_flags", verbosity=0)

    assert run("SELECT name FROM feature_flags") == [("a",)]
