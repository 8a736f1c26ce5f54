"""What a release's code tells of its migrations, and what the checklist makes of it."""

import pytest
from django.core.management import call_command

from tests.deploy.factories import (
    DeploymentFactory,
    KnownShapeFactory,
    SchemaChangeFactory,
)  # fmt: skip
from tests.deploy.preflight.conftest import line, telling
from zdt_core import database
from zdt_deploy.preflight import brought
from zdt_deploy.preflight.models import ReleaseMigrations

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
    assert brought.tell()  # again: the same row

    row = ReleaseMigrations.objects.get()
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

    process.facts["preflight"]["checks"] = {"database": False}
    process.save()
    assert seen(pending, "old_on_new") == ("failed", "preflight_old_unhealthy")


def test_a_shape_that_went_while_the_old_release_was_there_is_missed(pending, migrated):
    telling("1.0")
    change = SchemaChangeFactory(contracted=True)
    assert seen(pending, "old_on_new")[0] == "passed", "nobody knows that 1.0 was there"

    DeploymentFactory.aged(3600, completed=True, version="1.0", previous_version="0.9")
    assert seen(pending, "old_on_new") == ("failed", "preflight_shape_gone")

    KnownShapeFactory(change=change, release="1.0")
    assert seen(pending, "old_on_new")[0] == "passed"


def test_a_schema_change_that_needs_a_person_fails(pending):
    SchemaChangeFactory(owed=True)
    assert seen(pending, "contracts") == ("passed", "preflight_changes_well")
    assert "1 under way, 1 contracts owed" in line(pending, "contracts").text

    SchemaChangeFactory(problem="filling_failed", owed_at=database.Now())
    assert seen(pending, "contracts") == ("failed", "preflight_change_stuck")
