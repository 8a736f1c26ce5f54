"""What this release's models still have of the old shape of a change.

Migrations only tell what the models were to become: a switch can be written, and models.py be
forgotten. So the models that run are asked.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import router

from zdt_deploy.schema import pairing
from zdt_deploy.schema.models import SchemaChange


def of_models(change: SchemaChange) -> list[str]:
    """The models and fields that use columns or tables which the change is to take away, as
    "app.Model.field" and "app.Model"; whatever model it is, and whoever manages its table."""
    columns, tables = _old(change)
    found = []
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.proxy or not _is_on(change.alias, model):
            continue
        if options.db_table in tables:
            found.append(options.label)
        elif options.db_table == change.table:
            fields = options.local_concrete_fields
            found += [f"{options.label}.{each.name}" for each in fields if each.column in columns]
    return sorted(found)


def _old(change: SchemaChange) -> tuple[frozenset[str], frozenset[str]]:
    """The columns of the change's table, or else the tables, that go."""
    spec = change.spec
    if (pair := pairing.pair_of(change)) is not None:
        return frozenset(column.name for column in pair.old), frozenset()
    if spec.get("columns"):
        return frozenset(spec["columns"]), frozenset()
    names = (each if isinstance(each, str) else each[0] for each in spec.get("tables", ()))
    return frozenset(), frozenset(names)


def _is_on(alias: str, model: Any) -> bool:
    """Whether the model's rows may be on ``alias``, by what either kind of router says."""
    return router.allow_migrate_model(alias, model) or router.db_for_read(model) == alias
