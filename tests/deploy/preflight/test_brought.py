"""What a release's code tells of its migrations, and what the checklist makes of it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.core.factories import ProcessFactory
from tests.deploy.factories import (
    DeploymentFactory,
    KnownShapeFactory,
    SchemaChangeFactory,
)  # fmt: skip
from tests.deploy.preflight.conftest import ADA, line, telling
from zdt_core import database
from zdt_core.fleet.models import Process
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import brought, marking
from zdt_deploy.preflight.models import ReleaseMigrations
from zdt_deploy.preflight.results import Result

pytestmark = pytest.mark.django_db
OLD = ["shop.0001_initial"]


@pytest.fixture(autouse=True)
def _nothing_told():
    ReleaseMigrations.objects.all().delete()


def told(release, names, takes=None):
    return ReleaseMigrations.objects.create(
        service="shop", environment="test", release=release, names=names, takes=takes or {}
    )


def seen(deployment, name):
    found = line(deployment, name)
    return found.result.value, found.seen.code


def test_this_code_tells_what_it_has():
    assert brought.tell()
    first = ReleaseMigrations.objects.get().at
    assert brought.tell()  # again: the same row

    row = ReleaseMigrations.objects.get()
    assert row.at == first
    assert (row.release, row.service, row.environment) == ("1.0", "default", "test")
    assert "zdt_core.0001_initial" in row.names
    assert brought.unapplied(row.names) == []


def test_a_release_tells_when_it_migrates_and_not_when_a_test_flushes():
    call_command("migrate", verbosity=0)

    assert ReleaseMigrations.objects.count() == 1


def test_code_that_told_nothing_is_unknown(pending):
    assert seen(pending, "migrations") == ("unknown", "preflight_migrations_untold")
    told("2.0", OLD)
    assert "1.0" in line(pending, "migrations").text
    assert seen(pending, "migrated")[1] != "preflight_migrations_untold"


@pytest.mark.parametrize(
    ("takes", "expected"),
    [
        ([], ("passed", "preflight_migrations_add")),
        ([["takes", "Remove field email from user"]], ("failed", "preflight_migrations_take")),
        ([["look", "Raw SQL operation"]], ("unknown", "preflight_migrations_opaque")),
    ],
)
def test_only_what_the_new_release_brings_counts(pending, takes, expected):
    before = {OLD[0]: [["takes", "Delete model Basket"]]}
    told("1.0", OLD, before)
    told("2.0", [*OLD, "shop.0002_x"], before | {"shop.0002_x": takes})

    assert seen(pending, "migrations") == expected


def test_a_mark_is_of_the_code_that_was_there(pending, monkeypatch):
    """Of a release that was built again under its name it says nothing."""
    told("1.0", OLD)
    row = told("2.0", [*OLD, "shop.0002_x"], {"shop.0002_x": [["look", "Raw SQL operation"]]})
    marking.tick(pending.pk, "migrations", actor=ADA)
    marking.waive(pending.pk, "old_on_new", actor=ADA, reason="known")
    assert line(pending, "migrations").result is Result.PASSED

    monkeypatch.setattr("zdt_core.identity.release", lambda: "2.0")
    monkeypatch.setattr(brought, "_in_code", lambda: (row.names, row.takes | {OLD[0]: []}))
    with override_settings(ZDT_SERVICE="shop"):
        brought.tell()

    for name in ("migrations", "old_on_new"):
        found = line(pending, name)
        assert found.result is Result.UNKNOWN
        assert "ada marked this before it changed" in found.text
        marking.withdraw(pending.pk, name, actor=ADA)
    marking.tick(pending.pk, "migrations", actor=ADA)
    assert line(pending, "migrations").result is Result.PASSED


def test_an_app_that_the_old_release_lacks_takes_nothing_from_it(pending):
    told("1.0", OLD)
    told("2.0", [*OLD, "blog.0002_x"], {"blog.0002_x": [["takes", "Delete model Post"]]})

    assert seen(pending, "migrations")[0] == "passed"


def test_migrations_come_before_the_code(pending):
    told("2.0", ["zdt_core.0001_initial", "shop.9999_not_there"])

    assert seen(pending, "migrated") == ("failed", "preflight_not_migrated")
    assert "shop.9999_not_there" in line(pending, "migrated").text


@pytest.fixture
def migrated():
    for release in ("1.0", "2.0"):
        told(release, ["zdt_core.0001_initial"])


def test_the_old_release_is_asked_for_once_the_schema_is_new(pending):
    told("2.0", ["shop.9999_not_there"])

    assert seen(pending, "old_on_new") == ("unknown", "preflight_not_migrated_yet")


def test_the_old_release_has_to_be_well_on_it(pending, migrated):
    assert seen(pending, "old_on_new") == ("unknown", "preflight_nobody_told")
    (process,) = telling("1.0")
    assert seen(pending, "old_on_new") == ("passed", "preflight_old_lives")

    for checks, expected in (
        ({"database": False, "redis": None}, ("failed", "preflight_old_unhealthy")),
        ({"database": True, "redis": None}, ("unknown", "preflight_not_checked")),
        ({}, ("unknown", "preflight_not_checked")),
    ):
        process.facts["preflight"]["checks"] = checks
        process.save()
        assert seen(pending, "old_on_new") == expected

    process.delete()
    ProcessFactory.seen(60, release="1.0", service="shop")
    assert seen(pending, "old_on_new") == ("unknown", "preflight_process_silent")


def test_a_shape_that_went_while_the_old_release_was_there_is_missed(pending, migrated):
    change = SchemaChangeFactory(contracted=True)
    telling("1.0")
    assert seen(pending, "old_on_new")[0] == "passed", "nobody knows that 1.0 was there before"

    DeploymentFactory.aged(3600, completed=True, version="1.0", previous_version="0.9")
    assert seen(pending, "old_on_new") == ("failed", "preflight_shape_gone")
    Deployment.objects.filter(version="1.0").delete()
    Process.objects.update(joined_at=database.Now() - timedelta(hours=1))
    assert seen(pending, "old_on_new") == ("failed", "preflight_shape_gone")

    KnownShapeFactory(change=change, release="1.0")
    assert seen(pending, "old_on_new")[0] == "passed"


def test_a_schema_change_that_needs_a_person_fails(pending):
    SchemaChangeFactory(owed=True)
    assert seen(pending, "contracts") == ("passed", "preflight_changes_well")
    assert "1 under way, 1 contracts owed" in line(pending, "contracts").text

    SchemaChangeFactory(problem="filling_failed", owed_at=database.Now())
    assert seen(pending, "contracts") == ("failed", "preflight_change_stuck")
