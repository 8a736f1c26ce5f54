"""The trail in somebody else's project: their tests run, and their database protects it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.system
PROJECT = Path(__file__).resolve().parents[2]

SETTINGS = """
import environ

DATABASES = {"default": {**environ.Env().db_url("DATABASE_URL"), "NAME": "host_shop"}}
INSTALLED_APPS = ["zdt_core", "zdt_audit"]
SECRET_KEY = "of a host project"
USE_TZ = True
ZDT_VERSION = "1.0"
QUEUE = {"URL": "redis://127.0.0.1:1/0", "SERIALIZER": "rq.serializers.JSONSerializer"}
RQ_QUEUES = {"zdt": QUEUE, "zdt-monitor": QUEUE}
"""

TESTS = """
from django.test import TestCase, TransactionTestCase

from zdt_audit.models import Entry
from zdt_core import database, events
from zdt_core.events import Actor


def act():
    with database.atomic():
        events.record("order.refunded", subject=("order", 1), actor=Actor("user", "ann"))


class Flushed(TransactionTestCase):
    def test_one(self):
        act()
        self.assertEqual(Entry.objects.count(), 1)

    def test_another(self):
        act()
        self.assertEqual(Entry.objects.count(), 1)


class Serialized(TransactionTestCase):
    serialized_rollback = True

    def test_one(self):
        act()


class RolledBack(TestCase):
    def test_one(self):
        act()
        Entry.objects.all().delete()
"""

ATTACKS = [
    "UPDATE zdt_audit_entry SET canon = '{}'",
    "DELETE FROM zdt_audit_entry",
    "TRUNCATE zdt_audit_entry",
    "SET session_replication_role = replica; DELETE FROM zdt_audit_entry",
]

ENTRY = """
INSERT INTO zdt_audit_entry (uuid, at, stream, kind, actor, refused, canon)
VALUES (gen_random_uuid(), now(), 's:1', 'a.b', 'user:ann', false, '{"v":1}')
"""


@pytest.fixture
def host(tmp_path):
    (tmp_path / "host_settings.py").write_text(SETTINGS)
    (tmp_path / "test_host.py").write_text(textwrap.dedent(TESTS))
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS host_shop WITH (FORCE)")
        connection.execute("CREATE DATABASE host_shop")
        yield tmp_path
        for name in ("host_shop", "test_host_shop"):
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def manage(host, *words):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "host_settings",
        "PYTHONPATH": f"{host}:{PROJECT}",
    }
    return subprocess.run(
        [sys.executable, "-m", "django", *words],
        cwd=host, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def database(host):
    """The host's database, by the way the test run reaches its own."""
    from django.db import connections

    parameters = {**connections["default"].get_connection_params(), "dbname": "host_shop"}
    wanted = ("host", "port", "user", "password", "dbname")
    return psycopg.connect(
        **{name: parameters[name] for name in wanted if parameters.get(name)}, autocommit=True
    )


def test_the_transaction_tests_of_a_host_project_run(host):
    first = manage(host, "test", "test_host", "--keepdb")
    again = manage(host, "test", "test_host", "--keepdb")

    for run in (first, again):
        assert run.returncode == 0, run.stderr
        assert "Ran 4 tests" in run.stderr


def test_a_database_that_is_no_test_database_protects_the_trail(host):
    migrated = manage(host, "migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    with database(host) as connection:
        connection.execute(ENTRY)
        for attack in ATTACKS:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added"):
                connection.execute(attack)
            connection.execute("RESET session_replication_role")
        assert connection.execute("SELECT canon FROM zdt_audit_entry").fetchall() == [('{"v":1}',)]


@pytest.mark.long
def test_flushing_a_real_database_is_refused_and_loses_nothing(host):
    manage(host, "migrate", "--verbosity", "0")
    with database(host) as connection:
        connection.execute(ENTRY)

        flushed = manage(host, "flush", "--no-input")

        assert flushed.returncode != 0
        assert connection.execute("SELECT count(*) FROM zdt_audit_entry").fetchone() == (1,)


@pytest.mark.long
def test_a_check_warns_once_the_trigger_is_gone_and_protect_brings_it_back(host):
    manage(host, "migrate", "--verbosity", "0")
    with database(host) as connection:
        connection.execute("DROP TRIGGER zdt_audit_append_only ON zdt_audit_entry")

    warned = manage(host, "check", "--database", "default")
    migrated_again = manage(host, "migrate")
    protected = manage(host, "zdt_audit", "protect")
    calm = manage(host, "check", "--database", "default")

    assert "zdt_audit.W001" in warned.stderr
    assert "zdt_audit.W001" in migrated_again.stderr
    assert protected.stdout == "The trigger is in place; it was missing.\n"
    assert "zdt_audit" not in calm.stderr
