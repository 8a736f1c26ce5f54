"""zdt_migrate as pipelines start it: on many machines at once, killed, and held up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from demo.services import Services
from tests.system.drill import Drill, Process, eventually

pytestmark = pytest.mark.system

RUNS = "SELECT count(*) FROM migrated_run"
AT_IT = (
    "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
    " AND query LIKE '%%migrated_pause)%%'"
)
SETTINGS = "tests.system.migrated.settings"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """PostgreSQL with the site one migration behind."""
    with Services.private() as services:
        folder = tmp_path_factory.mktemp("site")
        with Drill(services, folder, DJANGO_SETTINGS_MODULE=SETTINGS) as site:
            site.manage("migrate", "--verbosity", "0")
        yield services


@pytest.fixture
def site(services: Services, tmp_path: Path) -> Iterator[Drill]:
    """The site one migration behind, without anybody at work on it."""
    with Drill(services, tmp_path, DJANGO_SETTINGS_MODULE=SETTINGS) as site:
        site.do("DELETE FROM django_migrations WHERE name = '0002_seen'")
        site.do("ALTER TABLE migrated_thing DROP COLUMN IF EXISTS seen")
        site.do("TRUNCATE migrated_pause, migrated_run")
        yield site
        print(site.logs())


def start(site: Drill, number: int) -> list[Process]:
    return [site.start("zdt_migrate") for _ in range(number)]


@pytest.mark.parametrize("machines", [3, pytest.param(20, marks=pytest.mark.long)])
def test_many_machines_start_it_at_once_one_migrates_and_all_succeed(
    site: Drill, machines: int
) -> None:
    runners = start(site, machines)

    assert [runner.code(120) for runner in runners] == [0] * machines
    assert site.number(RUNS) == 1
    assert sum("Applying migrated.0002_seen" in each.last_words() for each in runners) == 1


def test_one_that_is_killed_in_the_middle_leaves_its_turn_to_the_next(site: Drill) -> None:
    site.do("INSERT INTO migrated_pause DEFAULT VALUES")
    first = start(site, 1)[0]
    pid = eventually(lambda: site.rows(AT_IT), "the first to be in the middle")[0][0]
    second = start(site, 1)[0]
    eventually(lambda: f"pid {pid}" in second.last_words(), "the second to say whom it waits for")

    first.kill()
    eventually(lambda: site.rows(AT_IT) not in ([], [(pid,)]), "the second to go on", 30)
    site.do("DELETE FROM migrated_pause")

    assert second.code() == 0
    assert site.number(RUNS) == 1  # what the first one wrote was rolled back


def test_a_forgotten_transaction_is_named_the_site_goes_on_and_it_works_once_it_ends(
    site: Drill,
) -> None:
    site.environment["DRILL_PATIENCE"] = "2"
    with psycopg.connect(site.services.database_url) as forgotten:
        forgotten.execute("SELECT count(*) FROM migrated_thing")
        runner = start(site, 1)[0]
        with psycopg.connect(site.services.database_url, autocommit=True) as visitor:
            visitor.execute("SET statement_timeout = '1500ms'")
            while runner.alive:
                visitor.execute("SELECT count(*) FROM migrated_thing")
                visitor.execute("INSERT INTO migrated_thing (name) VALUES ('written meanwhile')")

        assert runner.code() == 1
        said = runner.last_words().splitlines()[-1]
        assert said.startswith("zdt_migrate: migrated.0002_seen did not get its locks in ")
        assert f"pid {forgotten.info.backend_pid}" in said
        assert "idle in transaction" in said
        assert "SELECT count(*) FROM migrated_thing" in said
        forgotten.rollback()

    site.manage("zdt_migrate")


@pytest.mark.long
def test_behind_a_pooler_it_needs_a_direct_way_and_takes_it(site: Drill) -> None:
    direct, pooled = site.services.database_url, site.services.pgbouncer()
    site.environment["DATABASE_URL"] = pooled
    refused = start(site, 1)[0]
    assert refused.code() == 2
    assert "ZDT_DIRECT_DATABASE" in refused.last_words()

    site.environment["DIRECT_URL"] = direct
    runners = start(site, 3)

    assert [runner.code(120) for runner in runners] == [0, 0, 0]
    assert site.number(RUNS) == 1
