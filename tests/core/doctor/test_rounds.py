"""A round never raises, changes nothing, and leaves nothing behind in a session."""

import pytest
from django.db import connection, connections

from tests.core.factories import ProcessFactory
from zdt_core.doctor import registry, rounds
from zdt_core.doctor.finding import ok
from zdt_core.fleet.models import Process

pytestmark = pytest.mark.django_db


@pytest.fixture
def examinations(monkeypatch):
    """No examinations but the test's."""
    monkeypatch.setattr(registry, "_examinations", {})


def test_what_an_examination_finds_has_its_area(examinations):
    registry.examine("jobs", quick=True)(lambda look: [ok("fine", "c")])

    (finding,) = rounds.findings(quick=True)

    assert (finding.area, finding.standing, finding.code) == ("jobs", "ok", "c")


def test_areas_come_in_the_order_of_the_screen(examinations):
    for area in ("brand new", "audit", "identity"):
        registry.examine(area)(lambda look, area=area: [ok(area)])

    assert [one.area for one in rounds.findings()] == ["identity", "audit", "brand new"]


def test_a_quick_round_leaves_the_slow_ones_out(examinations):
    registry.examine("jobs")(lambda look: 1 / 0)

    assert rounds.findings(quick=True) == []


@pytest.mark.parametrize(
    "statement",
    ["SELECT nothing", "SELECT pg_sleep(9)", "INSERT INTO zdt_core_lease (name) VALUES ('x')"],
)
def test_one_that_fails_hangs_or_writes_is_told_and_the_others_go_on(
    examinations, monkeypatch, statement
):
    monkeypatch.setattr("zdt_core.doctor.servers.STATEMENT_MS", 50)

    def bad(look):
        connection.cursor().execute(statement)
        return [ok("?")]

    def good(look):
        return [ok(f"{Process.objects.count()} processes")]

    registry.examine("identity", needs=("postgresql",))(bad)
    registry.examine("jobs", needs=("zdt_core",))(good)
    ProcessFactory()
    failed, fine = rounds.findings()

    assert (failed.standing, failed.code) == ("unknown", "examination_failed")
    assert failed.cure
    assert (fine.standing, fine.text) == ("ok", "1 processes")


def test_nothing_stays_in_the_session():
    rounds.findings(quick=True)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        timeout = cursor.fetchone()[0]
        cursor.execute("SHOW transaction_read_only")
        read_only = cursor.fetchone()[0]

    assert (timeout, read_only) == ("0", "off")
    ProcessFactory()


def test_a_quick_round_costs_few_queries(django_assert_max_num_queries):
    for release in ("1.0", "2.0"):
        ProcessFactory(release=release)
        ProcessFactory.seen(60, release=release, role="worker")

    with django_assert_max_num_queries(10):  # eight, and the two ends of the transaction
        rounds.findings(quick=True)


@pytest.mark.parametrize("quick", [True, False])
def test_without_the_tables_it_says_to_migrate(found, quick):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE zdt_core_run RENAME TO hidden")
    told = found(quick=quick)

    assert told["tables_missing"].cure == "Run `manage.py migrate`."
    assert told["not_looked_at"].standing == "unknown"
    assert "ok" not in {one.standing for one in rounds.findings() if one.area in ("jobs", "web")}


@pytest.mark.parametrize("quick", [True, False])
def test_without_redis_it_says_so(found, settings, quick):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"
    told = found(quick=quick)

    assert told["redis_away"].standing == "wrong"
    assert "Connection refused" in told["redis_away"].text
    if not quick:
        assert told["not_looked_at"].text == "Not looked at, as Redis does not answer."


def test_without_postgresql_it_says_so_in_time(found, settings, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    told = found()

    assert told["postgresql_away"].standing == "wrong"
    assert "Connection refused" in told["postgresql_away"].text
    assert told["Redis"].standing == "ok"
    assert told["not_looked_at"].standing == "unknown"


def test_an_alias_that_does_not_exist_is_named(found, settings):
    settings.ZDT_DATABASE = "nowhere"

    assert "“nowhere”, which DATABASES does not have" in found()["postgresql_away"].text


def test_a_database_that_is_not_postgresql_is_named(found, monkeypatch):
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")

    assert "no PostgreSQL" in found()["postgresql_away"].text


def test_where_nothing_needs_redis_none_is_missed(found, settings, monkeypatch):
    monkeypatch.setattr("zdt_core.doctor.look.Look.installed", ("zdt_core", "zdt_flags"))
    settings.RQ_QUEUES = {}
    told = found()

    assert told["Redis"].standing == "ok"
    assert "metrics" not in told
    assert "not_looked_at" not in told
