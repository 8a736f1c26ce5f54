"""Which releases read the new shape: each notes it by the switches of its migrations."""

import json
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import DatabaseError
from django.db.models.signals import post_migrate

from tests.deploy.factories import KnownShapeFactory, SchemaChangeFactory
from zdt_core.events import Event
from zdt_deploy.schema import catalogue, shapes
from zdt_deploy.schema.pairs import Column, renaming

pytestmark = pytest.mark.django_db


USERS = apps.get_model("shop.User")._meta.db_table


class Elsewhere:
    """A router that has the shop on another database."""

    def db_for_read(self, model, **hints):
        return "other" if model._meta.app_label == "shop" else None

    def allow_migrate(self, db, app_label, **hints):
        return db == "other" if app_label == "shop" else None


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
    return SchemaChangeFactory(key="shop.user.a>b", spec={"columns": ["a"]})


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


USER_EMAIL = Column("user_email", "varchar(254)", False)
OLD_SHAPES = {
    "a column with a trigger": (
        "shop_user", {"pair": renaming("shop_user", USER_EMAIL, "email_address").to_json()},
        ["shop.User.user_email"],
    ),
    "a column that was retired": (
        "shop_user", {"columns": ["user_email"]}, ["shop.User.user_email"],
    ),
    "a table that was renamed": (
        "shop_user", {"tables": [["shop_user", "people"]]}, ["shop.User"],
    ),
    "tables that were retired": (
        "shop_user", {"tables": ["shop_user_groups", "shop_user"]},
        ["shop.User", "shop.User_groups"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("table", "spec", "left"), OLD_SHAPES.values(), ids=OLD_SHAPES)
def test_a_release_whose_models_use_the_old_shape_is_not_noted_whatever_its_migrations_hold(
    migrations, caplog, table, spec, left
):
    table, spec = (
        json.loads(json.dumps(each).replace("shop_user", USERS)) for each in (table, spec)
    )
    change = SchemaChangeFactory(key="shop.user.a>b", table=table, spec=spec)
    migrations["shop"] = [operation("switch", "user.a>b")]

    migrate()

    assert shapes.known_by(change) == frozenset()
    assert shapes.behind("default") == {change.key: left}
    assert "still use its old shape" in caplog.text


@pytest.mark.parametrize("held", [[operation("switch", "user.a>b")], []])
def test_a_release_that_is_built_again_with_old_models_is_taken_back(migrations, held):
    old = {"columns": ["user_email"]}
    change = SchemaChangeFactory(key="shop.user.a>b", table=USERS, spec=old)
    for release in ("1.9", "2.0"):
        KnownShapeFactory(change=change, service="shop", release=release)
    migrations["shop"] = held

    migrate()
    migrate()

    assert shapes.known_by(change) == {("shop", "1.9")}
    event = Event.objects.get(kind="schema.shape_taken_back")
    assert (event.params["release"], event.params["left"]) == ("2.0", "shop.User.user_email")


NEW_SHAPES = {
    "a column of the same name in another table": (
        "shop_order", {"columns": ["user_email"]},
    ),
    "a column that no model has": (USERS, {"columns": ["mail"]}),
    "a table that has its new name": ("people", {"tables": [["people", USERS]]}),
}  # fmt: skip


@pytest.mark.parametrize(("table", "spec"), NEW_SHAPES.values(), ids=NEW_SHAPES)
def test_a_release_whose_models_have_nothing_left_of_it_is_noted(migrations, table, spec):
    change = SchemaChangeFactory(key="shop.user.a>b", table=table, spec=spec)
    migrations["shop"] = [operation("switch", "user.a>b")]

    migrate()

    assert shapes.known_by(change) == {("shop", "2.0")}
    assert shapes.behind("default") == {}


def test_models_of_another_database_use_nothing_here(migrations, settings):
    settings.DATABASE_ROUTERS = ["tests.deploy.schema.test_shapes.Elsewhere"]
    change = SchemaChangeFactory(key="shop.user.a>b", table=USERS, spec={"columns": ["user_email"]})
    migrations["shop"] = [operation("switch", "user.a>b")]

    migrate()

    assert shapes.known_by(change) == {("shop", "2.0")}


def test_before_the_switch_is_in_its_migrations_a_release_may_use_the_old_shape(migrations):
    SchemaChangeFactory(key="shop.user.a>b", table=USERS, spec={"columns": ["user_email"]})
    migrations["shop"] = [operation("expand", "user.a>b")]

    assert shapes.behind("default") == {}


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
