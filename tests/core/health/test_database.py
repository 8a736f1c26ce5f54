import time

import psycopg
import pytest
from django.db import connection

from tests.core.health.listening import answering, silent
from tests.core.pulse.waiting import until
from zdt_core.health import database


def within(seconds):
    return time.monotonic() + seconds


def test_postgresql_answers(db):
    database.probe()


def test_no_session_is_left(db):
    database.probe()

    def sessions():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT 1'")
            return cursor.fetchone()[0]

    until(lambda: sessions() == 0)


def test_our_connection_to_django_is_not_used():
    connection.close()
    database.probe()  # outside of any test database access

    assert connection.connection is None


def test_a_port_without_a_server_is_an_error():
    with pytest.raises(psycopg.OperationalError):
        database.ask("host=127.0.0.1 port=1 dbname=x user=x", within(1))


def test_a_server_that_hangs_ends_by_the_deadline():
    begun = time.monotonic()
    with silent() as port, pytest.raises(TimeoutError):
        database.ask(f"host=127.0.0.1 port={port} dbname=x user=x", within(0.05))

    assert time.monotonic() - begun < 0.5


def test_something_else_on_the_port_is_an_error():
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        with pytest.raises(psycopg.OperationalError):
            database.ask(f"host=127.0.0.1 port={port} dbname=x user=x sslmode=disable", within(1))


def test_a_database_that_does_not_exist_is_an_error():
    params = connection.get_connection_params()
    wanted = {key: params[key] for key in ("user", "host", "port") if key in params}
    conninfo = psycopg.conninfo.make_conninfo(**wanted, dbname="zdt_no_such_database")

    with pytest.raises(psycopg.OperationalError, match="zdt_no_such_database"):
        database.ask(conninfo, within(5))
