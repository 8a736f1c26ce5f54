"""A unique index that holds where a column is NULL, while that column gets another name."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, migrations, models
from django.db.models import Q

from tests.deploy.schema import releases
from tests.deploy.schema.history import History
from tests.deploy.schema.releases import change, columns, prove, shape
from zdt_deploy.schema import catalogue
from zdt_deploy.schema import operations as zdt
from zdt_deploy.schema.twins import Twin

NAMES = ("member", "deleted_at", "removed_at")
KEY = "shelf.member.deleted_at>removed_at"
DEAD_AND_ALIVE = "(1, now()), (1, now()), (1, NULL), (2, NULL)"


@pytest.fixture
def members(db_scene, run, monkeypatch):
    """The history of a table, one of whose members was deleted twice and is there again."""
    releases.open_gate(monkeypatch)
    alive = models.UniqueConstraint(
        fields=["owner"], condition=Q(deleted_at__isnull=True), name="one_alive"
    )
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("owner", models.IntegerField()),
        ("deleted_at", models.DateTimeField(null=True)),
    ]
    options = {"db_table": "member", "constraints": [alive]}
    history = History(migrations.CreateModel("Member", fields, options))
    run(f"INSERT INTO member (owner, deleted_at) VALUES {DEAD_AND_ALIVE}")
    yield history
    releases.forget()


def test_it_waits_for_the_values_and_then_holds_under_its_own_name(members, db_scene, run):
    members.apply(zdt.ExpandRenameField(*NAMES))
    run("INSERT INTO member (owner, deleted_at) VALUES (3, now()), (3, NULL)")
    prove(KEY)

    members.apply(zdt.SwitchRenameField(*NAMES))
    run("INSERT INTO member (owner, removed_at) VALUES (3, now()), (4, NULL)")
    with pytest.raises(IntegrityError):
        run("INSERT INTO member (owner, removed_at) VALUES (4, NULL)")
    members.apply(zdt.ContractRenameField(*NAMES))

    assert columns("member") == ["id", "owner", "removed_at"]
    index = catalogue.indexes(db_scene, "member")["one_alive"]
    assert (index.unique, index.valid) == (True, True)
    assert index.definition.endswith("WHERE (removed_at IS NULL)")


def test_the_old_one_comes_back_once_the_old_column_has_its_values(members, db_scene, run):
    for step in (zdt.ExpandRenameField, zdt.SwitchRenameField, zdt.ContractRenameField):
        members.apply(step(*NAMES))
        if step is zdt.ExpandRenameField:
            before = shape("member")
            prove(KEY)

    members.undo()
    run("INSERT INTO member (owner, removed_at) VALUES (2, now()), (5, NULL)")
    prove(KEY)
    members.undo()

    run("INSERT INTO member (owner, deleted_at) VALUES (5, now())")
    with pytest.raises(IntegrityError):
        run("INSERT INTO member (owner, deleted_at) VALUES (5, NULL)")
    assert before["indexes"] <= shape("member")["indexes"]


def test_it_is_not_lost_where_the_old_column_came_back_and_goes_again(members, db_scene, run):
    for step in (zdt.ExpandRenameField, zdt.SwitchRenameField, zdt.ContractRenameField):
        members.apply(step(*NAMES))
        if step is zdt.ExpandRenameField:
            prove(KEY)
    there = shape("member")

    members.undo()
    members.apply(zdt.ContractRenameField(*NAMES))

    assert shape("member") == there
    assert change(KEY).phase == "contracted"


TWINS = {
    "USING btree (owner) WHERE (removed_at IS NULL)": True,
    "USING btree (owner, removed_at) NULLS NOT DISTINCT": True,
    "USING btree (COALESCE(removed_at, now()))": True,
    "USING btree (removed_at)": False,
    "USING btree (owner, removed_at DESC)": False,
}


@pytest.mark.parametrize("definition", TWINS)
def test_what_counts_no_null_is_built_at_once(definition):
    facts = {"name": "a", "twin": "b", "final": "a", "old": "deleted_at", "was": ""}
    twin = Twin(kind="index", now=f" {definition}", unique=True, **facts)

    assert twin.waits_for_values is TWINS[definition]
    assert not Twin(kind="index", now=f" {definition}", **facts).waits_for_values
