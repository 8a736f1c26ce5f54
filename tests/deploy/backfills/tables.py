"""Tables of the site for backfills, and a worker that does their runs in this process."""

from __future__ import annotations

from typing import Any

from django.db import connection

from zdt_core import database
from zdt_core.events import Actor
from zdt_core.jobs import work
from zdt_core.jobs.models import Run
from zdt_deploy import backfills
from zdt_deploy.backfills.models import Backfill

ADA = Actor("user", "ada")
COPY = {"set": {"new": "old"}}
SMALL = {"mode": "fixed", "rows": 20, "pause": 0, "vacuum": False}
"""Batches of 20 rows, without a rest."""


def query(sql: str, *params: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchall() if cursor.description else []


def make(rows: int = 100, key: str = "g", kind: str = "bigint", name: str = "thing") -> str:
    """A table with a key by ``key`` (SQL over g), and two columns to bring in step."""
    query(
        f"CREATE TABLE {name} (id {kind} PRIMARY KEY, old text, new text);"
        f"INSERT INTO {name} (id, old) SELECT {key}, 'o' || g FROM generate_series(1, {rows}) g"
    )
    return name


def differing(name: str = "thing") -> int:
    return int(query(f"SELECT count(*) FROM {name} WHERE new IS DISTINCT FROM old")[0][0])


def start(table: str = "thing", **options: Any) -> Backfill:
    """A backfill that copies old to new, in small batches unless the test says otherwise."""
    given = {"kind": "assign", "spec": COPY, "pacing": SMALL, "actor": ADA, **options}
    return backfills.start(given.pop("name", "copy"), table=table, **given)


def run_due(only: str = "") -> int:
    """Do a slice of every due run of backfills; how many there were."""
    due = Run.objects.filter(
        state=Run.State.READY, kind__startswith="backfill.", due_at__lte=database.Now()
    )
    if only:
        due = due.filter(key=only)
    keys = list(due.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        work.run_slice(key)
    return len(keys)


def finish(backfill: Backfill, *, hurried: bool = False) -> Backfill:
    """Do what is due until nothing is; ``hurried``, also what waits for its time."""
    for _turn in range(50):
        if hurried:
            hurry()
        if not run_due():
            break
    backfill.refresh_from_db()
    return backfill


def hurry() -> None:
    """Let what waits for its time be due now."""
    Run.objects.filter(state=Run.State.READY).update(due_at=database.Now())
