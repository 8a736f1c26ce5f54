"""Identity, settings, PostgreSQL, Redis."""

import time

import pytest
from django.db.migrations.recorder import MigrationRecorder

from zdt_core.doctor import servers

pytestmark = pytest.mark.django_db


@pytest.fixture
def redis_says(monkeypatch):
    """Redis, as a test wants it to be."""
    real = servers.ask_redis

    def redis_says(**facts):
        from dataclasses import replace

        monkeypatch.setattr(servers, "ask_redis", lambda: replace(real(), **facts))

    return redis_says


@pytest.fixture
def postgresql_says(monkeypatch):
    real = servers.ask_postgresql

    def postgresql_says(**facts):
        from dataclasses import replace

        monkeypatch.setattr(servers, "ask_postgresql", lambda w: replace(real(w), **facts))

    return postgresql_says


def test_a_release_that_nobody_set_is_wrong(found, settings):
    settings.ZDT_VERSION = None

    assert "ZDT_VERSION" in found()["release_unknown"].text


def test_a_wrong_setting_is_told_with_its_cure(found, settings):
    settings.ZDT_REGOIN = "eu"
    settings.ZDT_REDIS_TIMEOUT = "soon"
    told = found()

    assert told["zdt_core.W002"].cure == "Did you mean ZDT_REGION?"
    assert told["zdt_core.E001"].standing == "wrong"


def test_wrong_settings_do_not_end_a_round(found, settings):
    settings.ZDT_DATABASE = 7
    settings.ZDT_ENVIRONMENT = []

    assert found()["examination_failed"].standing == "unknown"
    assert found(quick=True)["postgresql_away"].standing == "wrong"


def test_both_servers_tell_their_versions(found):
    told = found()

    assert told["PostgreSQL"].text.startswith("PostgreSQL 1")
    assert "pooler" not in told["PostgreSQL"].text
    assert "answers" in told["Redis"].text


def test_a_migration_that_waits_is_named(found):
    MigrationRecorder.Migration.objects.filter(app="zdt_core", name="0001_initial").delete()

    assert "zdt_core.0001_initial" in found()["migrations_wait"].text


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"is_standby": True}, "postgresql_standby"),
        ({"is_pooled": True}, "pooler_without_direct"),
        ({"number": 130005, "version": "13.5"}, "postgresql_old"),
    ],
)
def test_what_postgresql_should_not_be(found, postgresql_says, facts, code):
    postgresql_says(**facts)
    finding = found()[code]

    assert finding.standing in ("warning", "wrong")
    assert finding.cure


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"max_memory": 100, "policy": "allkeys-lru"}, "redis_evicts"),
        ({"role": "slave"}, "redis_replica"),
        ({"number": (5, 0)}, "redis_old"),
    ],
)
def test_what_redis_should_not_be(found, redis_says, facts, code):
    redis_says(**facts)
    finding = found()[code]

    assert finding.standing in ("warning", "wrong")
    assert finding.cure


@pytest.mark.parametrize(
    "facts", [{"max_memory": 0, "policy": "allkeys-lru"}, {"max_memory": 9, "policy": "noeviction"}]
)
def test_a_redis_that_drops_nothing_is_well(found, redis_says, facts):
    redis_says(**facts)

    assert "redis_evicts" not in found()


@pytest.mark.parametrize(("hours", "word"), [(1, "ahead of"), (-1, "behind")])
@pytest.mark.parametrize("quick", [True, False])
def test_a_clock_that_is_an_hour_off_is_told(found, monkeypatch, hours, word, quick):
    real = time.time
    monkeypatch.setattr("zdt_core.doctor.servers.time.time", lambda: real() + 3600 * hours)
    told = found(quick=quick)

    assert f"3600 s {word}" in told["clock_off"].text
    assert told["clock_off"].standing == "warning"
    assert "NTP" in told["clock_off"].cure
