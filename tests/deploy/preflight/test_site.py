"""What is so of the whole site."""

import pytest
from django.conf import settings
from django.test import override_settings

from tests.deploy.factories import DeploymentFactory, alive
from tests.deploy.preflight.conftest import line
from zdt_core import database
from zdt_core.notify.models import Notification

pytestmark = pytest.mark.django_db
REDIS = "django.core.cache.backends.redis.RedisCache"
PAGER = {
    "log": {"BACKEND": "log"},
    "pager": {"BACKEND": "email", "OPTIONS": {"to": ["ops@example.com"]}},
}


def seen(deployment, name):
    found = line(deployment, name)
    return found.result.value, found.seen.code


def test_a_default_says_nothing_of_the_balancer(pending, monkeypatch):
    monkeypatch.delattr(settings, "ZDT_LB_INTERVAL", raising=False)

    assert seen(pending, "balancer") == ("unknown", "preflight_balancer_unknown")


@pytest.mark.parametrize(
    ("seconds", "expected"), [(4.9, "failed"), (5.0, "passed"), (10.0, "passed"), (10.1, "failed")]
)
def test_a_balancer_looks_every_five_to_ten_seconds(pending, seconds, expected):
    with override_settings(ZDT_LB_INTERVAL=seconds):
        assert seen(pending, "balancer")[0] == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}, "not_applicable"),
        ({"BACKEND": REDIS}, "unknown"),
        ({"BACKEND": REDIS, "KEY_PREFIX": "shop-1.0"}, "passed"),
        ({"BACKEND": "zdt_core.cache.VersionedRedisCache"}, "passed"),
    ],
)
def test_a_shared_cache_has_the_release_in_its_keys(pending, given, expected):
    with override_settings(CACHES={"default": given}):
        assert seen(pending, "cache")[0] == expected


@override_settings(ZDT_NOTIFY={"log": {"BACKEND": "log"}})
def test_a_log_tells_nobody(pending):
    assert seen(pending, "notifications") == ("failed", "preflight_notify_log_only")


@override_settings(ZDT_NOTIFY={"pager": {"BACKEND": "no.such.Backend"}})
def test_a_channel_that_cannot_be_had_is_not_passed(pending):
    assert seen(pending, "notifications") == ("failed", "preflight_notify_wrong")


@override_settings(ZDT_NOTIFY=PAGER)
def test_a_channel_is_tried_once_it_delivered_something_within_a_month(pending):
    assert seen(pending, "notifications") == ("unknown", "preflight_notify_untried")

    row = {"kind": "x", "key": "x", "severity": "info", "text": "x", "service": "shop",
           "environment": "test", "channel": "pager", "state": "delivered"}  # fmt: skip
    Notification.objects.create(**row, delivered_at=database.Now())
    assert seen(pending, "notifications") == ("passed", "preflight_notify_tried")


def test_flags_tell_by_a_condition_of_their_own(pending):
    assert seen(pending, "flags") == ("passed", "flags_up")
    assert seen(pending, "flags_tested") == ("unknown", "preflight_flags_untested")


def test_somebody_has_to_watch(pending):
    assert seen(pending, "rollback_triggers") == ("failed", "preflight_nobody_watches")

    for role in ("worker", "ticker"):
        alive("1.0", role=role)
    assert seen(pending, "rollback_triggers") == ("passed", "preflight_watched")


@pytest.mark.parametrize(
    "changes",
    [
        {"judge": "thresholds"},
        {"error_tolerance": 1, "error_margin": 1, "max_p95_delta_ms": None,
         "latency_margin": None, "broken_share": None},
        {"strategy": "blue_green", "steps": [{"percentage": "100"}]},
    ],
)  # fmt: skip
def test_a_limit_that_nothing_can_cross_is_none(pending, changes):
    for role in ("worker", "ticker"):
        alive("1.0", role=role)
    pending.plan |= {"max_error_delta": 1}
    assert seen(pending, "rollback_triggers") == ("passed", "preflight_watched_by_evidence")

    pending.plan |= changes
    assert seen(pending, "rollback_triggers") == ("failed", "preflight_no_limit")


def test_a_rollback_that_happened_is_a_rehearsal(pending):
    assert seen(pending, "rollback_rehearsed") == ("unknown", "preflight_not_rehearsed")

    DeploymentFactory(rolled_back=True, environment="production")
    assert seen(pending, "rollback_rehearsed")[0] == "unknown", "another environment"
    DeploymentFactory(rolled_back=True)
    assert seen(pending, "rollback_rehearsed") == ("passed", "preflight_went_back")
