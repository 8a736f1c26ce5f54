"""Cuts a table into ranges of its key.

The cuts are keys of a sample of the table's pages, so that ranges have about the same number of
rows whatever the keys are: with gaps, random, text, of several columns. Nothing here reads the
whole table, and keys are put in order by PostgreSQL alone.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.connection import ConnectionDoesNotExist

from zdt_core import database, jobs
from zdt_core.exceptions import Refused
from zdt_deploy.backfills import faults, keys, kinds, ranges, runs
from zdt_deploy.backfills.batches import SEE_ALL
from zdt_deploy.backfills.ending import end, locked
from zdt_deploy.backfills.keys import Key, Table, Values
from zdt_deploy.backfills.kinds import Work
from zdt_deploy.backfills.models import Backfill, Range

State = Backfill.State
_PAGES = """
    SELECT coalesce(sum(pg_relation_size(relid)), 0) / current_setting('block_size')::int
      FROM (SELECT %(table)s::oid AS relid UNION SELECT relid FROM pg_partition_tree(%(table)s)) p
"""
logger = logging.getLogger("zdt.backfills")


def plan(slice: jobs.Slice) -> jobs.Then:
    """The run that plans: ranges are written, and the lanes start."""
    row: Backfill | None = Backfill.objects.filter(pk=int(slice.key)).first()
    if row is None or row.state != State.PLANNING:
        return jobs.done()
    try:
        work = kinds.find(row.kind, row.spec)
        if work is None:
            logger.info("Backfill %s is left to a release that knows its work.", row.name)
            return runs.leave_to_others(slice)
        connection, table, key = examined(work, row.table, row.alias)
        only_existing = bool(row.spec.get("only_existing"))
        with transaction.atomic(using=connection.alias):
            with connection.cursor() as cursor:
                cursor.execute(SEE_ALL)
            total = estimated_rows(connection, table)
            found = cut(connection, table, key, row.lanes, total, only_existing)
    except Refused as refusal:
        return _fail(slice, row, refusal)
    except DatabaseError as error:
        if faults.judge(error) in faults.PASSING:
            raise
        is_denied = faults.judge(error) is faults.Fault.ACCESS
        code = "backfill_not_allowed" if is_denied else "backfill_not_planned"
        return _fail(slice, row, Refused(code, error=faults.text(error)))
    with slice.commit() as save:
        row = locked(row.pk)
        if row.state == State.PLANNING:
            _begin(row, found, total, keys.written(table, key))
        save(then=jobs.done())
    return jobs.done()


def examined(work: Work | None, table: str, alias: str) -> tuple[BaseDatabaseWrapper, Table, Key]:
    """Where ``work`` is to be done, as the catalogue has it. Raises Refused where it can't be."""
    connection = connection_of(alias)
    found = keys.table(connection, table)
    key = keys.find(connection, found)
    if work is not None:
        work.check_key(key)
        work.check(connection, found.sql)
    return connection, found, key


def is_outdated(row: Backfill) -> bool:
    """Whether the ranges were cut from another table or key than there is now. What can't be seen
    here, the lanes will."""
    try:
        with transaction.atomic(using=connection_of(row.alias).alias):
            _connection, table, key = examined(None, row.table, row.alias)
            keys.require(table, key, row.key)
    except Refused as refusal:
        return refusal.code == "backfill_shape_gone"
    except DatabaseError:
        return False
    return False


def forget(row: Backfill) -> None:
    """Let the locked ``row`` be planned anew, for every row of its table."""
    Range.objects.filter(backfill=row).delete()
    row.row_errors.all().delete()
    row.key = row.rows_total = None
    row.rows_done = row.rows_changed = row.rows_failed = row.rows_cleaned = 0
    row.save(
        update_fields=[
            "key", "rows_total", "rows_done", "rows_changed", "rows_failed", "rows_cleaned",
        ]
    )  # fmt: skip


def connection_of(alias: str) -> BaseDatabaseWrapper:
    """The connection of the table. Raises Refused where it leads to no PostgreSQL."""
    try:
        connection = connections[alias]
    except ConnectionDoesNotExist:
        raise Refused("backfill_alias_unknown", alias=alias) from None
    if connection.vendor != "postgresql":
        raise Refused("backfill_not_postgresql", alias=alias)
    return connection


def estimated_rows(connection: BaseDatabaseWrapper, table: Table) -> int:
    """PostgreSQL's estimate, scaled to the table's present size; nothing is counted."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table.sql} LIMIT 1", [])  # noqa: S608
        if cursor.fetchone() is None:
            return 0
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table.sql}", [])  # noqa: S608
        (found,) = cursor.fetchone()
    plans = json.loads(found) if isinstance(found, str) else found
    return int(plans[0]["Plan"]["Plan Rows"])


def cut(
    connection: BaseDatabaseWrapper,
    table: Table,
    key: Key,
    lanes: int,
    rows: int,
    only_existing: bool,
) -> list[tuple[Values | None, Values | None]]:
    """The ranges, in order. Without an end where rows may be added; none for no rows."""
    last = None
    if only_existing:
        last = _last(connection, table, key)
        if last is None:
            return []
    return ranges.between(_cuts(connection, table, key, ranges.count(lanes, rows)), last)


def _cuts(connection: BaseDatabaseWrapper, table: Table, key: Key, wanted: int) -> list[Values]:
    """Keys that cut the table into ``wanted`` parts of about the same size, or fewer."""
    if wanted < 2:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_PAGES, {"table": table.oid})
        (pages,) = cursor.fetchone()
        percent = ranges.share_to_sample(wanted, int(pages))
        columns = ", ".join(column.sql for column in key.columns)
        cursor.execute(
            f"SELECT {key.selected()} FROM (SELECT {columns},"  # noqa: S608
            f" row_number() OVER (ORDER BY {key.order()}) AS zdt_n, count(*) OVER () AS zdt_all"
            f" FROM {table.sql} TABLESAMPLE SYSTEM (%(percent)s)) AS sampled"
            " WHERE zdt_n * %(wanted)s / zdt_all > (zdt_n - 1) * %(wanted)s / zdt_all"
            " AND zdt_n * %(wanted)s / zdt_all < %(wanted)s ORDER BY zdt_n",
            {"percent": percent, "wanted": wanted},
        )
        return [list(row) for row in cursor.fetchall()]


def _last(connection: BaseDatabaseWrapper, table: Table, key: Key) -> Values | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key.selected()} FROM {table.sql}"  # noqa: S608
            f" ORDER BY {key.order(down=True)} LIMIT 1",
            [],
        )
        return keys.read(cursor.fetchone())


def _begin(
    row: Backfill,
    found: list[tuple[Values | None, Values | None]],
    total: int,
    written: dict[str, Any],
) -> None:
    Range.objects.bulk_create(
        [
            Range(backfill=row, number=number, low=low, high=high)
            for number, (low, high) in enumerate(found, 1)
        ]
    )
    Backfill.objects.filter(pk=row.pk).update(
        state=State.RUNNING, rows_total=total, key=written, started_at=database.Now(),
        revision=row.revision + 1,
    )  # fmt: skip
    row.refresh_from_db()
    runs.start_lanes(row)


def _fail(slice: jobs.Slice, row: Backfill, refusal: Refused) -> jobs.Then:
    with slice.commit() as save:
        row = locked(row.pk)
        if row.state == State.PLANNING:
            end(row, State.FAILED, code=refusal.code, params=refusal.params, but=slice.key)
        save(then=jobs.done())
    return jobs.done()
