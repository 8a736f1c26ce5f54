"""What hangs on columns and tables, and whether it keeps them from going."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema.catalogue.naming import naming
from zdt_deploy.schema.catalogue.reading import rows
from zdt_deploy.schema.catalogue.table import quoted
from zdt_deploy.schema.conf import conf

MENTIONED = "its text mentions it"
"""The detail of a function that PostgreSQL knows no dependency of."""


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


def dependents(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str] | None
) -> list[Dependent]:
    """All that hangs on the ``columns``, or on the whole table where None, in the table and its
    partitions. Functions count if their text mentions a column together with the table, or if they
    are of a trigger on it, or take or return its rows."""
    wanted = {"table": quoted(table), "columns": None if columns is None else list(columns)}
    found = {row for kind in _KINDS for row in rows(connection, _FAMILY + kind, wanted)}
    found |= {
        ("function", name, MENTIONED, True) for name in _functions(connection, wanted, columns)
    }
    return [Dependent(*row) for row in sorted(found)]


def _functions(
    connection: BaseDatabaseWrapper, wanted: dict[str, Any], columns: Sequence[str] | None
) -> list[str]:
    found = rows(connection, _FAMILY + _FUNCTIONS, wanted)
    tables = naming(connection, found[0][3] if found else ())
    if columns is None:
        return [name for name, source, _at_work_here, _tables in found if tables.search(source)]
    column = naming(connection, columns)
    return [
        name
        for name, source, at_work_here, _tables in found
        if column.search(source) and (at_work_here or tables.search(source))
    ]


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


def indexes_and_constraints(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str]
) -> list[Dependent]:
    """Those that hang on the columns, in the table and its partitions; no NOT NULL."""
    wanted = {"table": quoted(table), "columns": list(columns)}
    kinds = _INDEXES_AND_CONSTRAINTS
    return [Dependent(*row) for sql in kinds for row in rows(connection, _FAMILY + sql, wanted)]


def spanning(
    connection: BaseDatabaseWrapper, table: str, one: Collection[str], other: Collection[str]
) -> list[str]:
    """The indexes and constraints that hang on columns of both, but for the twins of those."""
    here = indexes_and_constraints(connection, table, list(one))
    there = set(indexes_and_constraints(connection, table, list(other)))
    return [f"{each.kind} {each.name}" for each in here if each in there and not _is_twin(each)]


def _is_twin(found: Dependent) -> bool:
    return found.name.rpartition(".")[2].startswith("zdt_twin_")


def _is_unrelated(found: Dependent) -> bool:
    name = found.name.partition("(")[0]
    return any(fnmatchcase(name, glob) for glob in conf.SCHEMA_UNRELATED_FUNCTIONS)


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


_INDEXES_AND_CONSTRAINTS = (
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
)


_OF_ITS_ROWS = """
    (p.prorettype || p.proargtypes::oid[] || coalesce(p.proallargtypes, '{}')) && ARRAY(
        SELECT unnest(ARRAY[t.oid, t.typarray]) FROM pg_type t JOIN family f ON f.oid = t.typrelid)
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
    *_INDEXES_AND_CONSTRAINTS,
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
    f"""
    SELECT 'function', p.oid::regprocedure::text, 'it takes or returns rows of it', true
    FROM pg_proc p WHERE %(columns)s::text[] IS NULL AND {_OF_ITS_ROWS}
    """,  # noqa: S608
)


_FUNCTIONS = f"""
    SELECT format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
           p.prosrc,
           {_OF_ITS_ROWS} OR EXISTS (
               SELECT 1 FROM pg_trigger t WHERE t.tgfoid = p.oid
               AND t.tgrelid IN (SELECT oid FROM family)),
           ARRAY(SELECT c.relname::text FROM pg_class c JOIN family f ON f.oid = c.oid)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE l.lanname NOT IN ('internal', 'c') AND n.nspname <> 'information_schema'
    AND n.nspname NOT LIKE 'pg\\_%%'
"""  # noqa: S608
