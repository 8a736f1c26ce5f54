"""Builds and drops indexes beside the running site, over again until they are as wanted."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, replace

from django.db import DatabaseError, IntegrityError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, ddl, rehearsal
from zdt_deploy.schema.catalogue import Index
from zdt_deploy.schema.conf import conf

LONGEST_NAME = 63
_TABLE = '"zdt table"'


@dataclass(frozen=True, slots=True)
class Wanted:
    """An index as it should be: ``rest`` is the SQL that follows the table's name."""

    name: str
    rest: str
    unique: bool = False

    def create(self, table: str, *, concurrently: bool = False, only: bool = False) -> str:
        return (
            f"CREATE {'UNIQUE ' if self.unique else ''}INDEX "
            f"{'CONCURRENTLY ' if concurrently else ''}{catalogue.quoted_name(self.name)} "
            f"ON {'ONLY ' if only else ''}{catalogue.quoted(table)}{self.rest}"
        )


def wanted(statement: Statement, template: str | None = None) -> Wanted:
    """What Django's CREATE INDEX says; ``template`` is another form of the same statement."""
    name = str(statement.parts["name"])
    text = (template or statement.template) % {**statement.parts, "table": _TABLE}
    head, _, rest = text.partition(f" ON {_TABLE}")
    return Wanted(_unquoted(name), rest, unique=" UNIQUE " in head)


def build(editor: BaseDatabaseSchemaEditor, table: str, index: Wanted) -> None:
    """Build the index CONCURRENTLY, unless it is there, valid and the same.

    An invalid leftover is dropped first. On a partitioned table it is built for each partition.
    Refused("index_differs") where another index has the name.
    """
    if editor.collect_sql:
        editor.execute(index.create(table, concurrently=True), params=None)
    elif catalogue.is_partitioned(editor.connection, table):
        _build_partitioned(editor, table, index)
    else:
        _build_plain(editor, table, index)


def remove(editor: BaseDatabaseSchemaEditor, table: str, name: str) -> None:
    """Drop the index without holding the site up; nothing to do where there is none."""
    if editor.collect_sql:
        sql = f"DROP INDEX CONCURRENTLY IF EXISTS {catalogue.quoted_name(name)}"
        editor.execute(sql, params=None)
        return
    there = catalogue.indexes(editor.connection, table).get(name)
    if there is None:
        return
    what, path = f"Dropping the index {name} of {table}", _path(editor, table, name)
    if there.partitioned:
        ddl.short(
            editor, [f"DROP INDEX IF EXISTS {path}"], tables=_family(editor, table), what=what
        )
    else:
        sql = f"DROP INDEX CONCURRENTLY IF EXISTS {path}"
        ddl.concurrently(editor, sql, table=table, what=what)


def same(editor: BaseDatabaseSchemaEditor, table: str, there: Index, index: Wanted) -> bool:
    """Whether both say the same, however it is written and whatever it is called."""
    with rehearsal.stage(editor, table) as double:
        editor.execute(replace(index, name="zdt_rehearsed").create(double), params=None)
        return catalogue.indexes(editor.connection, double)["zdt_rehearsed"].shape == there.shape


def _build_plain(editor: BaseDatabaseSchemaEditor, table: str, index: Wanted) -> None:
    """Wait for who builds it already, up to the patience for locks."""
    began, pause = time.monotonic(), conf.SCHEMA_LOCK_PAUSE_SECONDS
    while True:
        try:
            _build_once(editor, table, index)
        except Refused as refusal:
            late = time.monotonic() - began + pause >= conf.SCHEMA_LOCK_PATIENCE_SECONDS
            if refusal.code != "index_being_built" or late:
                raise
            ddl.tell(refusal.code, **refusal.params)
            time.sleep(pause)
            pause = min(pause * 1.5, conf.SCHEMA_LOCK_LONGEST_PAUSE_SECONDS)
        else:
            return


def _build_once(editor: BaseDatabaseSchemaEditor, table: str, index: Wanted) -> None:
    connection = editor.connection
    _require_nobody_builds(editor, table, index.name)
    found = catalogue.indexes(connection, table)
    leftovers = [n for n, i in found.items() if not i.valid and re.search(r"_cc(new|old)\d*$", n)]
    if leftovers:
        ddl.tell("index_leftovers", table=table, indexes=", ".join(leftovers))
    there = found.get(index.name)
    if there is not None and there.valid:
        if not same(editor, table, there, index):
            raise Refused(
                "index_differs", name=index.name, table=table, there=there.definition,
                wanted=index.create(table),
            )  # fmt: skip
        return
    if there is not None:
        ddl.tell("index_rebuilt", name=index.name, table=table)
        ddl.drop_invalid(
            editor, table, [index.name], what=f"Dropping the invalid index {index.name} of {table}"
        )
    elif catalogue.relation_exists(connection, table, index.name):
        if index.name in catalogue.indexes(connection, table):
            raise Refused("index_being_built", name=index.name, table=table, pids="?")
        raise Refused("index_name_taken", name=index.name, table=table)
    try:
        ddl.concurrently(
            editor, index.create(table, concurrently=True), table=table,
            what=f"Building the index {index.name} of {table}",
        )  # fmt: skip
    except IntegrityError as error:
        raise Refused(
            "rows_not_unique", table=table, name=index.name, detail=_detail(error)
        ) from error
    except DatabaseError as error:  # two builds on one table wait for each other
        if ddl.sqlstate(error) not in (ddl.DEADLOCK, ddl.DUPLICATE_TABLE):
            raise
        raise Refused("index_being_built", name=index.name, table=table, pids="?") from error


def _build_partitioned(editor: BaseDatabaseSchemaEditor, table: str, index: Wanted) -> None:
    connection = editor.connection
    there = catalogue.indexes(connection, table).get(index.name)
    if there is None:
        ddl.short(
            editor, [index.create(table, only=True)], tables=[table],
            what=f"Adding the index {index.name} to {table} without its partitions",
        )  # fmt: skip
    elif not same(editor, table, there, index):
        raise Refused(
            "index_differs", name=index.name, table=table, there=there.definition,
            wanted=index.create(table),
        )  # fmt: skip
    elif there.valid:
        return
    attach(editor, table, index)


def attach(editor: BaseDatabaseSchemaEditor, table: str, index: Wanted) -> None:
    """Give each partition its own index and attach it to the parent's ``index``."""
    connection = editor.connection
    parent = _path(editor, table, index.name)
    attached = set(catalogue.partitions(connection, parent))
    for partition in catalogue.partitions(connection, table):
        schema = partition.partition(".")[0]
        found = catalogue.indexes(connection, partition)
        if any(f"{schema}.{name}" in attached for name in found):
            continue
        own = _own_index(editor, partition, index, found)
        build(editor, partition, own)
        ddl.short(
            editor,
            [f"ALTER INDEX {parent} ATTACH PARTITION {catalogue.quoted(f'{schema}.{own.name}')}"],
            tables=[table, partition],
            what=f"Attaching the index {own.name} of {partition}",
        )


def _own_index(
    editor: BaseDatabaseSchemaEditor, partition: str, index: Wanted, found: dict[str, Index]
) -> Wanted:
    """The partition's index: one that is the same already, whatever its name, or a new one."""
    for name, there in found.items():
        free = there.valid and not there.constraint and not there.attached
        if free and same(editor, partition, there, index):
            return replace(index, name=name)
    return replace(index, name=name_in(partition, index.name))


def name_in(partition: str, name: str) -> str:
    """A name for the partition's own ``name`` that is the same each time and fits."""
    mark = hashlib.sha256(partition.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 9]}_{mark}"


def _require_nobody_builds(editor: BaseDatabaseSchemaEditor, table: str, name: str) -> None:
    with editor.connection.cursor() as cursor:
        cursor.execute(
            """SELECT pid FROM pg_stat_progress_create_index
               WHERE pid <> pg_backend_pid() AND datname = current_database()
               AND (relid IS NULL OR relid = to_regclass(%s) AND (
                   index_relid = 0 OR index_relid = to_regclass(%s)))""",
            [catalogue.quoted(table), _path(editor, table, name)],
        )
        pids = [str(pid) for (pid,) in cursor.fetchall()]
    if pids:
        raise Refused("index_being_built", name=name, table=table, pids=", ".join(pids))


def _path(editor: BaseDatabaseSchemaEditor, table: str, name: str) -> str:
    schema = (catalogue.full_name(editor.connection, table) or ".").partition(".")[0]
    return f"{catalogue.quoted_name(schema)}.{catalogue.quoted_name(name)}"


def _family(editor: BaseDatabaseSchemaEditor, table: str) -> list[str]:
    return [table, *catalogue.partitions(editor.connection, table)]


def _detail(error: Exception) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "message_detail", None) or str(error).splitlines()[0]


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
