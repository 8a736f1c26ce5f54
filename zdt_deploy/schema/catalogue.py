"""What the database says it holds: tables, columns, indexes, constraints, triggers, dependents.

Names come as ``table`` (found through search_path) or ``schema.table``. A table that isn't there
has no columns, no indexes and no rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.conf import conf

MENTIONED = "its text mentions it"
"""The detail of a function that PostgreSQL knows no dependency of."""


@dataclass(frozen=True, slots=True)
class Column:
    """``default`` and ``generated`` hold SQL or are empty; ``identity`` is '', 'a' or 'd'.

    PostgreSQL 18 calls a column not null while its rows haven't been looked at yet:
    ``validated_not_null`` says that they have.
    """

    name: str
    type: str
    nullable: bool
    default: str
    generated: str
    identity: str
    validated_not_null: bool


@dataclass(frozen=True, slots=True)
class Index:
    """``constraint`` names the constraint that it belongs to, or is empty; ``attached`` says that
    it is part of a partitioned table's index.

    ``shape`` is the definition without the names of index and table. An index of a partitioned
    table is valid once each partition has its own.
    """

    name: str
    definition: str
    unique: bool
    valid: bool
    ready: bool
    constraint: str
    partitioned: bool
    attached: bool

    @property
    def shape(self) -> str:
        return ("unique " if self.unique else "") + self.definition.partition(" USING ")[2]


@dataclass(frozen=True, slots=True)
class Constraint:
    """``type`` is PostgreSQL's letter: c check, u unique, p primary key, f foreign key, x
    exclusion, n not null (18)."""

    name: str
    type: str
    definition: str
    validated: bool
    columns: tuple[str, ...]
    references: str
    referenced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """``enabled`` is PostgreSQL's letter: O origin, A always, R replica, D disabled."""

    name: str
    enabled: str
    definition: str
    function: str
    source: str


@dataclass(frozen=True, slots=True)
class Dependent:
    """What hangs on a column or table. It ``blocks`` a drop unless PostgreSQL drops it along and
    nobody can miss it, as an index on that column alone."""

    kind: str
    name: str
    detail: str
    blocks: bool = True

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" ({self.detail})" if self.detail else "")


def quoted(table: str) -> str:
    """The name as SQL: each part in double quotes. A name that is quoted already stays."""
    if table.startswith('"'):
        return table
    return ".".join(quoted_name(part) for part in table.split(".", 1))


def quoted_name(name: str) -> str:
    """One part of a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def oid(connection: BaseDatabaseWrapper, table: str) -> int | None:
    """The table's oid; None where there is no such table, view or index."""
    rows = _rows(connection, "SELECT to_regclass(%s)::oid", [quoted(table)])
    return rows[0][0] if rows[0][0] is None else int(rows[0][0])


def table_exists(connection: BaseDatabaseWrapper, table: str) -> bool:
    return oid(connection, table) is not None


def relation_exists(connection: BaseDatabaseWrapper, table: str, name: str) -> bool:
    """Whether anything in the schema of ``table`` is called ``name``."""
    rows = _rows(
        connection,
        """SELECT EXISTS (
               SELECT 1 FROM pg_class c JOIN pg_class t ON t.relnamespace = c.relnamespace
               WHERE t.oid = to_regclass(%s) AND c.relname = %s)""",
        [quoted(table), name],
    )
    return bool(rows[0][0])


def full_name(connection: BaseDatabaseWrapper, table: str) -> str | None:
    """``schema.table`` as search_path finds it, unquoted; None where there is no such table."""
    rows = _rows(
        connection,
        "SELECT n.nspname || '.' || c.relname FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)",
        [quoted(table)],
    )
    return rows[0][0] if rows else None


def is_empty(connection: BaseDatabaseWrapper, table: str) -> bool:
    """Whether the table has no row, or isn't there; looks for one row and counts none."""
    if not table_exists(connection, table):
        return True
    return not _rows(connection, f"SELECT EXISTS (SELECT 1 FROM {quoted(table)})", [])[0][0]  # noqa: S608


def is_partitioned(connection: BaseDatabaseWrapper, table: str) -> bool:
    rows = _rows(
        connection,
        "SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)",
        [quoted(table)],
    )
    return bool(rows and rows[0][0])


def partitions(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """The table's direct partitions and children as ``schema.table``, in order of their names."""
    rows = _rows(
        connection,
        """SELECT n.nspname || '.' || c.relname FROM pg_inherits i
           JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE i.inhparent = to_regclass(%s) ORDER BY 1""",
        [quoted(table)],
    )
    return [name for (name,) in rows]


def columns(connection: BaseDatabaseWrapper, table: str) -> dict[str, Column]:
    """The table's columns by name, in their order."""
    rows = _rows(
        connection,
        """SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
                  CASE WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '')
                       ELSE '' END,
                  CASE WHEN a.attgenerated <> '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '')
                       ELSE '' END,
                  a.attidentity,
                  a.attnotnull AND NOT EXISTS (
                      SELECT 1 FROM pg_constraint n WHERE n.conrelid = a.attrelid
                      AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum] AND NOT n.convalidated)
           FROM pg_attribute a
           LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
           ORDER BY a.attnum""",
        [quoted(table)],
    )
    return {row[0]: Column(*row) for row in rows}


def indexes(connection: BaseDatabaseWrapper, table: str) -> dict[str, Index]:
    """The table's indexes by name, invalid ones included."""
    rows = _rows(
        connection,
        """SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisunique, i.indisvalid,
                  i.indisready, coalesce(k.conname, ''), c.relkind = 'I',
                  c.relispartition
           FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
           LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
           WHERE i.indrelid = to_regclass(%s) ORDER BY c.relname""",
        [quoted(table)],
    )
    return {row[0]: Index(*row) for row in rows}


def constraints(connection: BaseDatabaseWrapper, table: str) -> dict[str, Constraint]:
    """The table's constraints by name."""
    rows = _rows(
        connection,
        """SELECT c.conname, c.contype, pg_get_constraintdef(c.oid), c.convalidated,
                  ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, i)
                        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n
                        ORDER BY k.i),
                  coalesce((SELECT n.nspname || '.' || r.relname FROM pg_class r
                            JOIN pg_namespace n ON n.oid = r.relnamespace
                            WHERE r.oid = c.confrelid), ''),
                  ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(n, i)
                        JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n
                        ORDER BY k.i)
           FROM pg_constraint c WHERE c.conrelid = to_regclass(%s) ORDER BY c.conname""",
        [quoted(table)],
    )
    return {
        name: Constraint(name, kind, text, valid, tuple(own), references, tuple(other))
        for name, kind, text, valid, own, references, other in rows
    }


def triggers(connection: BaseDatabaseWrapper, table: str) -> dict[str, Trigger]:
    """The table's triggers by name, without those that PostgreSQL makes for foreign keys."""
    rows = _rows(
        connection,
        """SELECT t.tgname, t.tgenabled, pg_get_triggerdef(t.oid),
                  n.nspname || '.' || p.proname, p.prosrc
           FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
           JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE t.tgrelid = to_regclass(%s) AND NOT t.tgisinternal ORDER BY t.tgname""",
        [quoted(table)],
    )
    return {row[0]: Trigger(*row) for row in rows}


_FAMILY = """
    WITH RECURSIVE family AS (
        SELECT to_regclass(%(table)s)::oid AS oid
        UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent
    ), wanted AS (
        SELECT a.attrelid, a.attnum, a.attname FROM pg_attribute a
        JOIN family f ON f.oid = a.attrelid
        WHERE a.attnum > 0 AND NOT a.attisdropped
        AND (%(columns)s::text[] IS NULL OR a.attname = ANY(%(columns)s::text[]))
    ), hanging AS (
        SELECT DISTINCT d.classid, d.objid, d.deptype, d.refobjid AS relation
        FROM pg_depend d JOIN family f ON d.refobjid = f.oid
        WHERE d.refclassid = 'pg_class'::regclass AND (
            (d.refobjid, d.refobjsubid) IN (SELECT attrelid, attnum FROM wanted)
            OR (%(columns)s::text[] IS NULL AND d.refobjsubid = 0))
    )
"""

_KINDS = (
    """
    SELECT CASE WHEN r.ev_class IN (SELECT oid FROM family) THEN 'rule'
                WHEN v.relkind = 'm' THEN 'materialized view' ELSE 'view' END,
           CASE WHEN r.ev_class IN (SELECT oid FROM family) THEN r.rulename::text
                ELSE r.ev_class::regclass::text END,
           '', true
    FROM hanging h JOIN pg_rewrite r ON h.classid = 'pg_rewrite'::regclass AND r.oid = h.objid
    JOIN pg_class v ON v.oid = r.ev_class
    """,
    """
    SELECT CASE WHEN a.attgenerated = '' THEN 'default' ELSE 'generated column' END,
           a.attrelid::regclass || '.' || a.attname, pg_get_expr(d.adbin, d.adrelid), true
    FROM hanging h JOIN pg_attrdef d ON h.classid = 'pg_attrdef'::regclass AND d.oid = h.objid
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE (a.attrelid, a.attnum) NOT IN (SELECT attrelid, attnum FROM wanted)
    """,
    """
    SELECT 'trigger', t.tgname::text, pg_get_triggerdef(t.oid), %(columns)s::text[] IS NOT NULL
    FROM hanging h JOIN pg_trigger t ON h.classid = 'pg_trigger'::regclass AND t.oid = h.objid
    WHERE NOT t.tgisinternal AND t.tgparentid = 0
    """,
    """
    SELECT 'policy', p.polname::text, p.polrelid::regclass::text,
           %(columns)s::text[] IS NOT NULL OR p.polrelid NOT IN (SELECT oid FROM family)
    FROM hanging h JOIN pg_policy p ON h.classid = 'pg_policy'::regclass AND p.oid = h.objid
    """,
    """
    SELECT 'publication', p.pubname::text,
           CASE WHEN pr.prattrs IS NULL THEN '' ELSE 'with a list of columns' END, true
    FROM hanging h
    JOIN pg_publication_rel pr ON h.classid = 'pg_publication_rel'::regclass AND pr.oid = h.objid
    JOIN pg_publication p ON p.oid = pr.prpubid
    """,
    """
    SELECT 'statistics', s.stxname::text, pg_get_statisticsobjdef_columns(s.oid),
           %(columns)s::text[] IS NOT NULL
    FROM hanging h
    JOIN pg_statistic_ext s ON h.classid = 'pg_statistic_ext'::regclass AND s.oid = h.objid
    """,
    """
    SELECT CASE WHEN c.conrelid NOT IN (SELECT oid FROM family) THEN 'foreign key of another table'
                WHEN c.contype = 'f' THEN 'foreign key' ELSE 'constraint' END,
           c.conname::text, c.conrelid::regclass || ': ' || pg_get_constraintdef(c.oid),
           c.conrelid NOT IN (SELECT oid FROM family)
           OR (%(columns)s::text[] IS NOT NULL AND EXISTS (
               SELECT 1 FROM unnest(c.conkey) k(n)
               WHERE (c.conrelid, k.n) NOT IN (SELECT attrelid, attnum FROM wanted)))
    FROM hanging h
    JOIN pg_constraint c ON h.classid = 'pg_constraint'::regclass AND c.oid = h.objid
    WHERE c.contype <> 'n' AND c.conparentid = 0
    """,
    """
    SELECT 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid),
           %(columns)s::text[] IS NOT NULL AND EXISTS (
               SELECT 1 FROM pg_depend o WHERE o.classid = 'pg_class'::regclass
               AND o.objid = i.indexrelid AND o.refclassid = 'pg_class'::regclass
               AND o.refobjid = i.indrelid AND o.refobjsubid > 0
               AND (o.refobjid, o.refobjsubid) NOT IN (SELECT attrelid, attnum FROM wanted))
    FROM hanging h JOIN pg_index i ON h.classid = 'pg_class'::regclass AND i.indexrelid = h.objid
    WHERE i.indrelid IN (SELECT oid FROM family)
    """,
    """
    SELECT 'sequence', c.oid::regclass::text, '', false
    FROM hanging h JOIN pg_class c ON h.classid = 'pg_class'::regclass AND c.oid = h.objid
    WHERE c.relkind = 'S'
    """,
    """
    SELECT 'table of the type', c.oid::regclass::text, a.attname::text, true
    FROM pg_class t JOIN family f ON f.oid = t.oid
    JOIN pg_attribute a ON a.atttypid = t.reltype AND NOT a.attisdropped
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'm', 'f', 'v')
    WHERE t.reltype <> 0
    """,
    """
    SELECT 'partition key', p.partrelid::regclass::text, pg_get_partkeydef(p.partrelid), true
    FROM pg_partitioned_table p JOIN wanted w ON w.attrelid = p.partrelid
    WHERE %(columns)s::text[] IS NOT NULL AND w.attnum = ANY(p.partattrs::int2[])
    """,
    """
    SELECT 'partition', f.oid::regclass::text, '', false
    FROM family f WHERE f.oid <> to_regclass(%(table)s)
    """,
    """
    SELECT 'function', p.oid::regprocedure::text, 'its body depends on it', true
    FROM hanging h JOIN pg_proc p ON h.classid = 'pg_proc'::regclass AND p.oid = h.objid
    """,
)


_FUNCTIONS = """
    SELECT format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
           p.prosrc,
           EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgfoid = p.oid
                   AND t.tgrelid IN (SELECT oid FROM family)),
           ARRAY(SELECT c.relname::text FROM pg_class c JOIN family f ON f.oid = c.oid)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE l.lanname NOT IN ('internal', 'c') AND n.nspname <> 'information_schema'
    AND n.nspname NOT LIKE 'pg\\_%%'
"""


def dependents(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str] | None
) -> list[Dependent]:
    """All that hangs on the ``columns``, or on the whole table where None, in the table and its
    partitions. Functions count if their text mentions a column together with the table, or with a
    trigger on it."""
    wanted = {"table": quoted(table), "columns": None if columns is None else list(columns)}
    found = {row for kind in _KINDS for row in _rows(connection, _FAMILY + kind, wanted)}
    found |= {
        ("function", name, MENTIONED, True)
        for name, source, at_work_here, tables in _rows(connection, _FAMILY + _FUNCTIONS, wanted)
        if (columns is None or _mentions(source, columns))
        and (_mentions(source, tables) or (at_work_here and columns is not None))
    }
    return [Dependent(*row) for row in sorted(found)]


def blocking(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str] | None
) -> list[Dependent]:
    """What keeps the columns, or the whole table, from going; without the functions that only
    seem to name them (ZDT_SCHEMA_UNRELATED_FUNCTIONS)."""
    return [
        found
        for found in dependents(connection, table, columns)
        if found.blocks and not (found.detail == MENTIONED and _is_unrelated(found))
    ]


def _is_unrelated(found: Dependent) -> bool:
    name = found.name.partition("(")[0]
    return any(fnmatchcase(name, glob) for glob in conf.SCHEMA_UNRELATED_FUNCTIONS)


def _mentions(source: str, names: Sequence[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", source) for name in names)


def _rows(
    connection: BaseDatabaseWrapper, sql: str, params: list[Any] | dict[str, Any]
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
