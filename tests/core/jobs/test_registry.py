"""Kinds of work, and where they are found."""

import pytest

from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs import queues, registry


def handler(slice):
    raise AssertionError("not called")


def test_a_kind_takes_the_lease_of_its_queue(kind, settings):
    settings.ZDT_MONITOR_LEASE_SECONDS = 7

    kind(handler, "test.watch", queue="zdt-monitor")

    assert registry.get("test.watch").lease == 7


def test_a_kind_may_have_a_longer_lease(kind):
    kind(handler, lease=120)

    assert registry.get("test.work").lease == 120
    assert registry.longest_lease("zdt") == 120
    assert queues.queue("zdt").time_limit(registry.longest_lease("zdt")) == 140


def test_an_unknown_kind_is_named(kind):
    with pytest.raises(ConfigurationError, match=r"test\.nothing"):
        registry.get("test.nothing")


def test_an_unknown_queue_is_turned_away(kind):
    with pytest.raises(ConfigurationError, match="zdt-monitor, not “mail”"):
        kind(handler, queue="mail")


def test_the_jobs_modules_of_all_apps_are_imported(monkeypatch):
    imported = []
    monkeypatch.setattr(registry, "_discovered", False)
    monkeypatch.setattr(registry, "find_spec", lambda name: name == "django_rq.jobs")
    monkeypatch.setattr(registry.importlib, "import_module", imported.append)

    registry.discover()
    registry.discover()

    assert imported == ["django_rq.jobs"]
