"""What `benchmarks.backfill` measures is the product's own trigger."""

import pytest
from psycopg import conninfo

from benchmarks import backfill
from benchmarks.customers import Customers, pair
from tests.deploy.schema.conftest import SCHEMA
from zdt_deploy.schema import triggers


@pytest.fixture
def customers(db_scene):
    known = {
        name: value
        for name, value in db_scene.get_connection_params().items()
        if name in ("dbname", "host", "port", "user", "password")
    }
    there = Customers(conninfo.make_conninfo(**known, options=f"-csearch_path={SCHEMA}"), 20)
    there.make(20)
    yield there
    there.connection.close()


def test_the_benchmarks_table_has_the_trigger_of_a_rename(customers, db_scene, run):
    assert triggers.fingerprint(db_scene, pair()) is not None
    assert customers.unequal() == 20

    run("UPDATE customer SET bio = bio WHERE id = 1")
    run("UPDATE customer SET address = 'new' WHERE id = 2")
    run("UPDATE customer SET email = 'old' WHERE id = 3")

    assert customers.unequal() == 17
    assert run("SELECT email FROM customer WHERE id = 2") == [("new",)]
    assert run("SELECT address FROM customer WHERE id = 3") == [("old",)]


def test_the_one_update_leaves_no_row_that_differs(customers, run):
    before = run("SELECT id, email FROM customer ORDER BY id")

    assert backfill._single(customers) > 0

    assert customers.unequal() == 0
    assert run("SELECT id, address FROM customer ORDER BY id") == before
