"""Whether the database has what the models of this release need: their tables and columns."""

from __future__ import annotations

from django.apps import apps
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper

_COLUMNS = """
    SELECT t.name, to_regclass(t.name) IS NOT NULL, array_agg(a.attname::text)
      FROM unnest(%s::text[]) AS t(name)
      LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND NOT a.attisdropped
     GROUP BY t.name
"""


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """What the models use and the database lacks, as "table" or "table.column"."""
    wanted = _wanted(connection.alias)
    quoted = {connection.ops.quote_name(table): table for table in wanted}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [list(quoted)])
        rows = cursor.fetchall()
    found: list[str] = []
    for name, is_there, columns in rows:
        table = quoted[name]
        if not is_there:
            found.append(table)
        else:
            found += [f"{table}.{column}" for column in sorted(wanted[table] - set(columns))]
    return sorted(found)


def _wanted(alias: str) -> dict[str, set[str]]:
    """The columns of every table that models of this release use on ``alias``."""
    wanted: dict[str, set[str]] = {}
    for config in apps.get_app_configs():
        for model in router.get_migratable_models(config, alias, include_auto_created=True):
            options = model._meta
            if options.managed and not options.proxy and not options.swapped:
                columns = {field.column for field in options.local_concrete_fields if field.column}
                wanted.setdefault(options.db_table, set()).update(columns)
    return wanted
