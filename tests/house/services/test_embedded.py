import os

import psycopg
import pytest
import redis

from demo.services import Services, ServicesError, databases, embedded, programs
from demo.services.embedded import chosen_version

GIVEN = {"DATABASE_URL": "postgres://ours/db", "REDIS_URL": "redis://ours:6379/0"}


def test_given_services_are_used_and_nothing_is_started(monkeypatch):
    monkeypatch.setattr(embedded, "Leash", None)
    with Services(given=GIVEN, export=False) as services:
        assert services.environment() == GIVEN
        assert services.directory is None
        with pytest.raises(ServicesError, match="none of them is ours"):
            services.postgres.stop()


@pytest.mark.system
def test_each_service_is_decided_for_itself():
    given = {"DATABASE_URL": "postgres://ours/db", "REDIS_URL": ""}
    with Services(given=given, export=False) as services:
        assert services.database_url == "postgres://ours/db"
        with redis.Redis.from_url(services.redis_url) as client:
            assert client.ping()
        with pytest.raises(ServicesError, match="given by DATABASE_URL"):
            services.postgres.stop()


@pytest.mark.system
def test_exported_addresses_are_taken_back(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://ours/db")
    monkeypatch.delenv("REDIS_URL")
    with Services() as services:
        assert os.environ["REDIS_URL"] == services.redis_url
    assert "REDIS_URL" not in os.environ
    assert os.environ["DATABASE_URL"] == "postgres://ours/db"


def test_a_version_that_is_no_number_is_refused(monkeypatch):
    monkeypatch.setenv("ZDT_POSTGRES", "new")

    with pytest.raises(ServicesError, match="say 18 or 16"):
        chosen_version()


@pytest.mark.system
def test_a_failed_start_leaves_nothing_behind():
    services = Services(given={"REDIS_URL": "redis://x/0"}, export=False, version=15)

    with pytest.raises(ServicesError, match="ZDT_POSTGRES=15 is not on offer"):
        services.start()
    with pytest.raises(ServicesError, match="not been started"):
        _ = services.leash


@pytest.fixture(scope="module")
def services():
    with Services.private() as services:
        yield services


def ask(services: Services, query: str) -> object:
    with psycopg.connect(services.database_url) as connection:
        return connection.execute(query).fetchone()[0]


@pytest.mark.system
def test_postgresql_comes_back_on_its_socket_with_its_data(services):
    url = services.database_url
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    for immediate in (False, True):
        services.postgres.stop(immediate=immediate)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        services.postgres.start()

        assert ask(services, "SELECT answer FROM kept") == 42
    assert ask(services, "SHOW max_connections") == "200"
    assert ask(services, "SHOW listen_addresses") == ""


@pytest.mark.system
def test_valkey_comes_back_on_its_port_with_or_without_its_data(services):
    with redis.Redis.from_url(services.redis_url) as client:
        client.set("kept", "yes")
        services.valkey.restart()
        assert client.get("kept") == b"yes"
        services.valkey.restart(empty=True)
        assert client.get("kept") is None


@pytest.mark.system
def test_a_second_database_stands_beside_the_first(services):
    url = databases.create_database(services.database_url, "beside")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("beside",)
    databases.drop_database(services.database_url, "beside")

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


@pytest.mark.system
def test_pgbouncer_pools_by_transaction(services):
    try:
        programs.pgbouncer()
    except ServicesError as error:
        pytest.skip(str(error))
    with psycopg.connect(services.pgbouncer(), autocommit=True) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("postgres",)
    with psycopg.connect(
        services.pgbouncer().replace("/postgres?", "/pgbouncer?"), autocommit=True
    ) as console:
        settings = dict(row[:2] for row in console.execute("SHOW CONFIG").fetchall())
    assert settings["pool_mode"] == "transaction"


@pytest.mark.long
def test_the_older_postgresql_is_on_offer():
    with Services.private(version=16) as services:
        assert str(ask(services, "SHOW server_version")).startswith("16.")
        assert (services.directory / "pg16" / "data" / "PG_VERSION").exists()


@pytest.mark.long
def test_durable_writes_reach_the_disk(services):
    assert ask(services, "SHOW fsync") == "off"
    with Services.private(durable=True) as durable:
        assert ask(durable, "SHOW fsync") == "on"
        assert ask(durable, "SHOW full_page_writes") == "on"
