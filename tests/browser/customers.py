"""A table whose columns get other names, and the changes that do it."""

from __future__ import annotations

from typing import Any

from django.db import connection

from tests.deploy.factories import CertificateFactory, SchemaChangeFactory
from zdt_core import database
from zdt_deploy.schema import ddl, pairing, pairs, triggers

TABLE = "customers"
COLUMNS = (
    ("mail", "email"), ("city", "town"), ("name", "full_name"), ("nation", "country"),
    ("zip", "postcode"), ("login", "username"), ("phone", "telephone"), ("nick", "nickname"),
)  # fmt: skip


def make_table() -> None:
    columns = ", ".join(f"{name} varchar(150)" for pair in COLUMNS for name in pair)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, {columns})")


def renamed(old: str, new: str, *, kept: bool = True, **facts: Any) -> Any:
    """The change that renames a column; its trigger is there where both are ``kept`` equal."""
    column = pairs.Column(old, "character varying(150)", True)
    pair = pairs.renaming(TABLE, column, new)
    if kept:
        triggers.install(ddl.Editor(connection), pair)
    facts.setdefault("verified_at", None if facts.get("backfilling") else database.Now())
    return SchemaChangeFactory(
        key=f"shop.customer.{old}>{new}", kind="rename_field", table=TABLE,
        model_name="customer", spec={"pair": pair.to_json()}, **facts,
    )  # fmt: skip


def prove(change: Any, **facts: Any) -> Any:
    """A comparison of every row that holds."""
    trigger = pairing.trigger_of(change)
    assert trigger is not None
    return CertificateFactory(change=change, trigger=trigger.mark, **facts)
