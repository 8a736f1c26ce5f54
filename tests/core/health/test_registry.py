import pytest

from zdt_core import health
from zdt_core.conf import CoreSettings
from zdt_core.health import registry


def found():
    return registry.checks()


def test_database_and_redis_are_critical_by_default():
    assert {name: one.critical for name, one in found().items()} == {
        "database": True,
        "redis": True,
    }


def test_external_services_are_not_critical_unless_named(settings):
    settings.ZDT_HEALTH_URLS = {"external_api": "http://api.test/", "bank": "http://bank.test/"}
    settings.ZDT_HEALTH_CRITICAL = ["database", "bank"]

    assert {name: one.critical for name, one in found().items()} == {
        "database": True,
        "redis": False,
        "external_api": False,
        "bank": True,
    }


def test_external_services_have_limits_of_their_own(settings):
    settings.ZDT_HEALTH_URLS = {"external_api": "http://api.test/"}

    assert (found()["external_api"].deadline(), found()["database"].deadline()) == (2.0, 0.5)


def test_without_redis_there_is_no_check_of_it(settings):
    settings.RQ_QUEUES = {}

    assert "redis" not in found()


def test_a_site_adds_its_own():
    @health.check("search", critical=False, every=60, deadline=3)
    def search():
        return {"documents": 7}

    own = found()["search"]
    assert (own.critical, own.every(), own.deadline()) == (False, 60, 3)
    assert own.probe is search


def test_settings_are_read_when_they_count(settings):
    own = found()["database"]
    settings.ZDT_HEALTH_INTERVAL = 7

    assert own.every() == 7


@pytest.mark.parametrize("wrong", [{"a": "ftp://x"}, {"a": 1}, {"a": ""}])
def test_an_address_that_is_no_url_is_an_error(settings, wrong):
    settings.ZDT_HEALTH_URLS = wrong

    assert "ZDT_HEALTH_URLS" in CoreSettings.HEALTH_URLS.complaint(wrong)
    assert set(found()) == {"database", "redis"}
