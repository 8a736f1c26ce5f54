"""Whether a conversion gives the same in each session. Whoever writes has a time zone of its own:
each release, a person at the shell, the worker that compares.

PostgreSQL itself is asked: it converts a few values, as far as the conversion takes them, under two
time zones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import Error, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core.exceptions import Refused
from zdt_deploy.schema.operations.paired import nulls
from zdt_deploy.schema.pairs import Column, Pair, Render

_HERE, _THERE = "UTC", "America/New_York"
_DIFFERENT, _ALIKE = "ZD001", "ZD000"
"""The SQLSTATE by which a trial ends: an error takes its settings back."""


def require_alike(editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
    """Refuse a conversion that depends on the session's time zone."""
    ways = (("up", pair.old, pair.new, pair.upward), ("down", pair.new, pair.old, pair.downward))
    for way, given, targets, conversion in ways:
        for target in targets:
            if _depends(editor, given, conversion, target):
                raise Refused(
                    "conversion_by_session", table=pair.table, column=target.name, way=way,
                    sql=(pair.up if way == "up" else pair.down)[target.name],
                )  # fmt: skip


def _depends(
    editor: BaseDatabaseSchemaEditor,
    given: tuple[Column, ...],
    conversion: Callable[[Column, Render], str],
    target: Column,
) -> bool:
    names = {column.name: f"zdt_{number}" for number, column in enumerate(given)}
    sql = conversion(target, names.__getitem__)
    types = {names[column.name]: column.type for column in given}
    if types.get(sql) == target.type:
        return False
    rows = nulls.full_rows(editor, given)
    return any(
        _ends(editor, _trial({names[c]: value for c, value in row.items()}, types, target, sql))
        == _DIFFERENT
        for row in rows
    )


def _trial(row: Mapping[str, str], types: Mapping[str, str], target: Column, sql: str) -> str:
    """PL/pgSQL that converts ``row`` in both zones; nothing is parsed before its zone is set."""
    declared = "".join(f"  {name} {types[name]};\n" for name in row)
    taken = "".join(f"  {name} := {value};\n" for name, value in row.items())
    return f"""DO $zdt_trial$ DECLARE
{declared}  zdt_here {target.type};
  zdt_there {target.type};
BEGIN
  PERFORM pg_catalog.set_config('TimeZone', '{_HERE}', true);
{taken}  zdt_here := ({sql});
  PERFORM pg_catalog.set_config('TimeZone', '{_THERE}', true);
  zdt_there := ({sql});
  IF ROW(zdt_here)::record OPERATOR(pg_catalog.*<>) ROW(zdt_there)::record THEN
    RAISE EXCEPTION USING ERRCODE = '{_DIFFERENT}';
  END IF;
  RAISE EXCEPTION USING ERRCODE = '{_ALIKE}';
END $zdt_trial$"""


def _ends(editor: BaseDatabaseSchemaEditor, trial: str) -> str:
    """The SQLSTATE of the error by which it ends."""
    connection = editor.connection
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute(trial)
    except Error as error:
        return getattr(error.__cause__, "sqlstate", None) or ""
    return ""
