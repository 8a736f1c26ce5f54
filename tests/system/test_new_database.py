"""A new, empty database: whatever way it is migrated, schema changes find what they need."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.system
long = pytest.mark.long
PROJECT = Path(__file__).resolve().parents[2]
NAME = "new_store"

SETTINGS = """
import environ

DATABASES = {{"default": {{**environ.Env().db_url("DATABASE_URL"), "NAME": "new_store"}}}}
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "store", "django_rq", {apps}
]
SECRET_KEY = "of a store"
USE_TZ = True
ZDT_VERSION = "1.0"
QUEUE = {{"URL": "redis://127.0.0.1:1/0", "SERIALIZER": "rq.serializers.JSONSerializer"}}
RQ_QUEUES = {{"zdt": QUEUE, "zdt-monitor": QUEUE}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
MODELS = """
from django.db import models


class Customer(models.Model):
    email_address = models.CharField(max_length=40)
    called = models.CharField(max_length=40, db_column="called_so")

    class Meta:
        db_table = "store_people"
"""
FIRST = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Customer", [
            ("id", models.BigAutoField(
                primary_key=True, auto_created=True, serialize=False, verbose_name="ID")),
            ("user_email", models.CharField(max_length=40)),
            ("called", models.CharField(max_length=20)),
            ("note", models.TextField()),
        ]),
    ]
"""
STEP = """
from django.db import migrations, models
from zdt_deploy.schema import operations as zdt


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("store", "{before}"), ("zdt_deploy", "0001_initial")]
    operations = [{operations}]
"""
RENAME = '{step}RenameField("customer", "user_email", "email_address")'
ALTER = (
    '{step}AlterField("customer", "called",'
    ' models.CharField(max_length=40, db_column="called_so"), down="left({{called_so}}, 20)")'
)
TABLE = '{step}RenameTable("customer", "store_people")'
STEPS = {
    "0002_expand": [change.format(step="zdt.Expand") for change in (RENAME, ALTER)],
    "0003_switch": [
        *(change.format(step="zdt.Switch") for change in (RENAME, ALTER)),
        'zdt.RetireField("customer", "note")',
    ],
    "0004_contract": [
        *(change.format(step="zdt.Contract") for change in (RENAME, ALTER)),
        'zdt.DropField("customer", "note")',
    ],
    "0005_table": [TABLE.format(step=f"zdt.{step}") for step in ("Expand", "Switch", "Contract")],
}
TESTS = """
from django.test import TestCase

from store.models import Customer
from zdt_core.events import Event


class Store(TestCase):
    def test_there_is_a_customer(self):
        Customer.objects.create(email_address="ann@example.org", called="Ann")
        self.assertEqual(Customer.objects.get().email_address, "ann@example.org")
        self.assertTrue(Event.objects.filter(kind="schema.expanded").exists())
"""
COMBINATIONS = {
    "all": '"zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit"',
    "no audit": '"zdt_deploy", "zdt_core"',
    "the trail first": '"zdt_audit", "zdt_deploy", "zdt_core"',
}


@pytest.fixture(
    params=[pytest.param(name, marks=() if name == "all" else long) for name in COMBINATIONS]
)
def store(request, tmp_path):
    """A project whose app stands before zdt's by its name, and a new database."""
    apps = COMBINATIONS[request.param]
    (tmp_path / "store_settings.py").write_text(SETTINGS.format(apps=apps))
    folder = tmp_path / "store" / "migrations"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent):
        (package / "__init__.py").touch()
    (folder.parent / "models.py").write_text(MODELS)
    (folder.parent / "tests.py").write_text(TESTS)
    before = "0001_initial"
    (folder / f"{before}.py").write_text(FIRST)
    for name, operations in STEPS.items():
        text = STEP.format(before=before, operations=", ".join(operations))
        (folder / f"{name}.py").write_text(text)
        before = name
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
        yield tmp_path
        for name in (NAME, f"test_{NAME}"):
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def manage(store, *words, code=0):
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "store_settings",
        "PYTHONPATH": f"{store}:{PROJECT}",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "django", *words],
        cwd=store, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    return said


def rows(query):
    with psycopg.connect(os.environ["DATABASE_URL"], dbname=NAME) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("command", ["migrate", pytest.param("zdt_migrate", marks=long)])
def test_it_is_built_in_one_go_and_all_is_told(store, command):
    manage(store, command)

    found = rows("SELECT attname FROM pg_attribute WHERE attrelid = 'store_people'::regclass")
    names = {name for (name,) in found}
    assert {"email_address", "called_so"} <= names
    assert rows("SELECT count(*) FROM zdt_core_event WHERE kind = 'schema.expanded'") == [(3,)]
    if "zdt_audit" in (store / "store_settings.py").read_text():
        untold = "SELECT kind FROM zdt_core_event WHERE id NOT IN (SELECT event_id FROM {})"
        assert rows(untold.format("zdt_audit_entry")) == []
    manage(store, "makemigrations", "--check", "--dry-run")


@long
def test_the_test_runner_builds_its_own(store):
    assert "Ran 1 test" in manage(store, "test", "store")


@long
@pytest.mark.parametrize("store", ["all"], indirect=True)
def test_an_app_alone_is_refused_before_anything_is_changed_where_the_trail_is_missing(store):
    said = manage(store, "migrate", "store", code=1)

    assert "zdt_audit_entry has to be in the database" in said
    assert rows("SELECT name FROM django_migrations WHERE app = 'store'") == [("0001_initial",)]
    manage(store, "migrate")


@long
@pytest.mark.parametrize("store", ["no audit"], indirect=True)
def test_the_trail_may_come_later_than_schema_changes(store):
    manage(store, "migrate")
    settings = store / "store_settings.py"
    settings.write_text(SETTINGS.format(apps=COMBINATIONS["all"]))

    manage(store, "migrate")
    assert rows("SELECT count(*) FROM zdt_audit_entry") == [(0,)]
