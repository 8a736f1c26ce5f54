import pytest
from django.core.checks import run_checks
from django.db import connection

from zdt_flags import checks


def ids(found):
    return [message.id for message in found]


def test_the_defaults_keep_within_a_minute():
    assert checks.changes_are_seen_in_time() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("ZDT_FLAGS_MAX_AGE", 61), ("ZDT_FLAGS_TRUTH_EVERY", 70), ("ZDT_FLAGS_REFRESH", 20)],
)
def test_a_change_that_could_take_longer_than_a_minute_is_an_error(settings, name, value):
    setattr(settings, name, value)

    assert ids(checks.changes_are_seen_in_time()) == ["zdt_flags.E001"]


def test_a_setting_of_the_wrong_type_is_reported_once_by_the_core(settings):
    settings.ZDT_FLAGS_REFRESH = "often"

    found = run_checks(tags=["zdt"])

    assert "zdt_core.E001" in ids(found)
    assert "zdt_flags.E001" not in ids(found)


@pytest.mark.urls("tests.flags.urls")
def test_the_address_above_the_admin_is_reachable():
    assert checks.percentage_address_is_reachable() == []


@pytest.mark.urls("tests.flags.shadowed_urls")
def test_an_address_that_the_admin_eats_is_a_warning():
    found = checks.percentage_address_is_reachable()

    assert ids(found) == ["zdt_flags.W002"]
    assert "above" in found[0].hint


@pytest.mark.urls("tests.flags.no_urls")
def test_a_site_without_the_address_is_fine():
    assert checks.percentage_address_is_reachable() == []


def test_a_site_without_the_middleware_is_warned(settings):
    settings.MIDDLEWARE = []
    assert ids(checks.requests_are_pinned()) == ["zdt_flags.W003"]

    settings.MIDDLEWARE = ["zdt_flags.FlagsMiddleware"]
    assert checks.requests_are_pinned() == []


@pytest.mark.django_db
def test_the_triggers_are_looked_for_only_when_the_database_is_checked():
    assert checks.triggers_are_there(databases=["default"]) == []
    assert checks.triggers_are_there(databases=None) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sabotage",
    [
        "DROP TRIGGER zdt_flags_changed ON zdt_flags_target",
        "ALTER TABLE zdt_flags_flag DISABLE TRIGGER zdt_flags_changed",
    ],
)
def test_a_missing_or_disabled_trigger_is_a_warning(sabotage):
    with connection.cursor() as cursor:
        cursor.execute(sabotage)

    assert ids(checks.triggers_are_there(databases=["default"])) == ["zdt_flags.W004"]
