"""Which NULLs of one side have no place on the other, while code of both writes.

What a conversion makes of NULL, PostgreSQL itself is asked: with NULLs alone the answer is exact,
beside other columns it is that of a few values, as far as the conversion takes them at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from django.db import Error, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core.exceptions import Refused
from zdt_deploy.schema.pairs import Column, Pair, Render, quoted

_VALUES = (
    "1", "a b", "true", "2000-01-01", "{}", "2b0c8a8e-7a35-4f4e-9d1c-1f0a6a7f3c11", "10.0.0.1",
    "(1,2)", "empty",
)  # fmt: skip
_Row = Mapping[str, str]
"""SQL of a value by column."""


def require_held(editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
    """Refuse NULLs that one release may write, and that the other side's NOT NULL would refuse."""
    if pair.overflow != "stop":  # which lets the old columns be NULL
        _require_down(editor, pair)
    for column in pair.new:
        found = "" if column.null else _refused(editor, pair.old, pair.upward, column)
        if found:
            raise Refused("up_makes_null", table=pair.table, column=column.name, old=found)


def _require_down(editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
    """A row that new code inserts with NULLs alone looks like one of old code: `down` is not even
    asked."""
    strict = [column for column in pair.old if not column.null]
    if strict and all(column.null for column in pair.new):
        raise Refused(
            "old_column_not_null", table=pair.table,
            column=_names(strict), new=_names(pair.new),
        )  # fmt: skip
    for column in strict:
        found = _refused(editor, pair.new, pair.downward, column)
        if found:
            raise Refused("down_makes_null", table=pair.table, column=column.name, new=found)


def _refused(
    editor: BaseDatabaseSchemaEditor,
    columns: tuple[Column, ...],
    conversion: Callable[[Column, Render], str],
    target: Column,
) -> str:
    """The names of those ``columns`` whose NULLs the ``conversion`` makes a NULL of; "" if none."""
    nullable = [column for column in columns if column.null]
    full: list[_Row] | None = None
    for nulls in _together(nullable):
        none = {column.name: _cast("NULL", column) for column in nulls}
        if len(nulls) == len(columns):
            if _is_null(editor, conversion, target, none):
                return _names(nulls)
            continue
        if full is None:
            rows = full_rows(editor, columns)
            full = [row for row in rows if _is_null(editor, conversion, target, row) is False]
        if any(_is_null(editor, conversion, target, {**row, **none}) for row in full):
            return _names(nulls)
    return ""


def _together(nullable: list[Column]) -> Iterator[list[Column]]:
    yield from ([column] for column in nullable)
    if len(nullable) > 1:
        yield nullable


def full_rows(editor: BaseDatabaseSchemaEditor, columns: tuple[Column, ...]) -> list[_Row]:
    """A few rows without NULLs; none where zdt knows no value of a type."""
    known = {
        column.name: [sql for sql in _values(column) if _is_there(editor, sql)]
        for column in columns
    }
    count = max(len(found) for found in known.values())
    if not all(known.values()):
        return []
    return [
        {name: found[number % len(found)] for name, found in known.items()}
        for number in range(count)
    ]


def _is_null(
    editor: BaseDatabaseSchemaEditor,
    conversion: Callable[[Column, Render], str],
    target: Column,
    row: _Row,
) -> bool | None:
    """Whether ``row`` becomes NULL; None where it can't be converted."""
    columns = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in row.items())
    return _ask(editor, f"SELECT ({conversion(target, quoted)}) IS NULL FROM (SELECT {columns}) t")  # noqa: S608


def _is_there(editor: BaseDatabaseSchemaEditor, sql: str) -> bool:
    return _ask(editor, f"SELECT {sql} IS NOT NULL") is True


def _ask(editor: BaseDatabaseSchemaEditor, query: str) -> bool | None:
    connection = editor.connection
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute(query)
            return bool(cursor.fetchone()[0])
    except Error:
        return None


def _values(column: Column) -> list[str]:
    """What may be values of the column's type: PostgreSQL takes some, and an enum has a first."""
    first = f"(pg_catalog.enum_range({_cast('NULL', column)}))[1]"
    return [*(_cast(f"'{value}'", column) for value in _VALUES), first]


def _cast(sql: str, column: Column) -> str:
    return f"CAST({sql} AS {column.type})"


def _names(columns: tuple[Column, ...] | list[Column]) -> str:
    return ", ".join(column.name for column in columns)
