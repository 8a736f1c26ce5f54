"""A PostgreSQL schema of its own for each test, outside of any transaction, and other sessions."""

from __future__ import annotations

import pytest
from django.db import connection, connections
from django.test.utils import setup_databases, teardown_databases

from zdt_deploy.schema import (
    ddl,
    operations,  # noqa: F401  (its kinds are known before a test puts others in their place)
)

SCHEMA = "scene"
TOLD = ("zdt_core_event", "zdt_audit_entry", "zdt_core_notification", "zdt_core_run")
"""What changes tell is committed here, and would be found by other tests."""


@pytest.fixture(scope="session")
def scene_database(django_db_setup, django_db_blocker):
    """The test database also where no test is marked with django_db, as pytest-django goes by."""
    if connection.settings_dict["NAME"].startswith("test_"):
        yield
        return
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases=[connection.alias])
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture
def db_scene(scene_database, django_db_blocker):
    """The connection in autocommit, whose search_path leads to a new, empty schema."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
            cursor.execute(f"SET search_path TO {SCHEMA}, public")
        yield connection
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO public; DROP SCHEMA {SCHEMA} CASCADE")
            for table in TOLD:
                cursor.execute(f"DELETE FROM {table}")
        connection.close()


@pytest.fixture
def run(db_scene):
    """Runs SQL and returns the rows: ``run("SELECT 1") -> [(1,)]``."""

    def execute(sql, params=None):
        with db_scene.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []

    return execute


@pytest.fixture
def editor(db_scene):
    return ddl.Editor(db_scene)


@pytest.fixture
def session(db_scene):
    """Opens further sessions on the same schema: ``session() -> connection``, in autocommit."""
    opened = []

    def open_():
        other = db_scene.copy()
        other.inc_thread_sharing()
        opened.append(other)
        with other.cursor() as cursor:
            cursor.execute(f"SET search_path TO {SCHEMA}, public")
        return other

    yield open_
    for other in opened:
        other.close()


@pytest.fixture
def elsewhere(db_scene):
    """Another alias, whose search_path leads to the same schema."""
    name = "elsewhere"
    facts = db_scene.settings_dict
    options = {**facts["OPTIONS"], "options": f"-c search_path={SCHEMA},public"}
    connections.databases[name] = {**facts, "OPTIONS": options}
    yield connections[name]
    connections[name].close()
    del connections[name]
    del connections.databases[name]


@pytest.fixture
def holding(session):
    """Leaves a transaction open: ``holding("SELECT * FROM t") -> connection``, until closed."""

    def hold(*statements, level=None):
        other = session()
        with other.cursor() as cursor:
            cursor.execute(f"BEGIN{f' ISOLATION LEVEL {level}' if level else ''}")
            for statement in statements:
                cursor.execute(statement)
        return other

    return hold


@pytest.fixture(autouse=True)
def hurried(settings):
    """Seconds as drills have them."""
    settings.ZDT_SCHEMA_LOCK_SECONDS = 0.03
    settings.ZDT_SCHEMA_LOCK_PAUSE_SECONDS = 0.02
    settings.ZDT_SCHEMA_LOCK_LONGEST_PAUSE_SECONDS = 0.03
    settings.ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = 0.15
    settings.ZDT_SCHEMA_OLD_SNAPSHOT_SECONDS = 30.0
