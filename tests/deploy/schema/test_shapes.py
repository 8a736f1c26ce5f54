"""Which releases read the new shape: each notes it by the switches of its migrations."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import DatabaseError
from django.db.models.signals import post_migrate

from tests.deploy.factories import KnownShapeFactory, SchemaChangeFactory
from zdt_core.events import Event
from zdt_deploy.schema import catalogue, shapes

pytestmark = pytest.mark.django_db


def operation(step, key):
    return SimpleNamespace(step=step, change_key=lambda app_label: f"{app_label}.{key}")


@pytest.fixture(autouse=True)
def release(settings):
    settings.ZDT_SERVICE, settings.ZDT_VERSION = "shop", "2.0"


@pytest.fixture
def migrations(monkeypatch):
    """What this release's migrations hold, by app."""
    held = {}

    def found():
        return {
            (app, str(number)): SimpleNamespace(operations=[each])
            for app, operations in held.items()
            for number, each in enumerate(operations)
        }

    monkeypatch.setattr(shapes, "_migrations", found)
    return held


@pytest.fixture
def change():
    return SchemaChangeFactory(key="shop.user.a>b")


def migrate():
    config = apps.get_app_config("zdt_deploy")
    post_migrate.send(config, app_config=config, using="default", verbosity=0)


def test_a_release_is_noted_when_it_migrates_if_its_migrations_switch_the_change(
    change, migrations
):
    migrations["shop"] = [operation("expand", "user.a>b"), operation("switch", "user.a>b")]

    migrate()

    assert shapes.known_by(change) == {("shop", "2.0")}
    event = Event.objects.get(kind="schema.shape_known")
    assert event.params["release"] == "2.0"
    assert event.subject_id == change.key


def test_a_release_that_only_expands_needs_the_old_shape(change, migrations):
    migrations["shop"] = [operation("expand", "user.a>b"), object()]

    migrate()

    assert shapes.known_by(change) == frozenset()


def test_the_switch_of_another_app_is_another_change(change, migrations):
    migrations["blog"] = [operation("switch", "user.a>b")]

    migrate()

    assert shapes.known_by(change) == frozenset()


def test_migrating_again_notes_nothing_new(change, migrations):
    migrations["shop"] = [operation("switch", "user.a>b")]
    migrate()

    assert shapes.note_all() == 0
    assert Event.objects.filter(kind="schema.shape_known").count() == 1


def test_what_is_contracted_concerns_nobody_any_more(migrations):
    change = SchemaChangeFactory(key="shop.user.a>b", contracted=True)
    migrations["shop"] = [operation("switch", "user.a>b")]

    migrate()

    assert shapes.known_by(change) == frozenset()


def test_migrations_are_only_read_where_a_change_is_open(monkeypatch):
    monkeypatch.setattr(shapes, "_migrations", lambda: pytest.fail("read"))

    migrate()


def test_without_zdt_version_nobody_is_noted_and_the_log_says_so(change, settings, caplog):
    settings.ZDT_VERSION = None

    assert not shapes.note(change)
    assert "ZDT_VERSION is not set" in caplog.text


def test_a_database_without_zdt_or_out_of_reach_does_not_stop_a_migration(
    change, monkeypatch, caplog
):
    monkeypatch.setattr(catalogue, "table_exists", lambda *args: False)
    migrate()

    def fail(*args):
        raise DatabaseError("away")

    monkeypatch.setattr(catalogue, "table_exists", fail)
    migrate()
    assert "away" in caplog.text


def test_a_key_that_begins_another_life_is_known_by_nobody(change):
    KnownShapeFactory(change=change)

    shapes.forget(change)

    assert shapes.known_by(change) == frozenset()


def test_this_projects_own_migrations_can_be_read():
    assert isinstance(list(shapes.switched_in_code()), list)
