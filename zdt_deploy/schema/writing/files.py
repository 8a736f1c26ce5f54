"""Writes a migration file as Django's own writer does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.utils import run_formatters
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import MigrationWriter

from zdt_core.exceptions import Refused

ZDT = ("zdt_deploy", "0001_initial")
_HOME = "zdt_deploy.schema.operations"
_NUMBER = re.compile(r"^([0-9]+)")
_UNUSABLE = re.compile(r"\W+")


def write(
    loader: MigrationLoader, app_label: str, operations: Sequence[Any], name: str = ""
) -> Path:
    """Write the next migration of the app; returns where. Raises Refused."""
    after = _leaf(loader, app_label)
    called = name or _UNUSABLE.sub("_", operations[0].migration_name_fragment)
    migration = type(
        "Migration",
        (migrations.Migration,),
        {"dependencies": [after, ZDT], "operations": list(operations), "atomic": False},
    )(f"{_next_number(after[1]):04}_{called}", app_label)
    writer = MigrationWriter(migration, include_header=False)
    path = Path(writer.path)
    path.write_text(text(writer), encoding="utf-8")
    run_formatters([str(path)])
    return path


def text(writer: MigrationWriter) -> str:
    """The file with our operations under the name that people write."""
    written = writer.as_string()
    written = written.replace(f"{_HOME}.", "zdt.")
    ours = "from zdt_deploy.schema import operations as zdt"
    written = re.sub(rf"^import {re.escape(_HOME)}\n", "", written, flags=re.M)
    written = re.sub(
        r"(^from django\.db import [^\n]*\n)", rf"\1\n{ours}\n", written, count=1, flags=re.M
    )
    if re.search(r"^    atomic = False$", written, flags=re.M):  # Django 6.1 writes it by itself
        return written
    return written.replace(
        "class Migration(migrations.Migration):\n\n",
        "class Migration(migrations.Migration):\n    atomic = False\n\n",
        1,
    )


def _leaf(loader: MigrationLoader, app_label: str) -> tuple[str, str]:
    leaves = loader.graph.leaf_nodes(app_label)
    if not leaves:
        raise Refused("schema_no_migrations", app=app_label)
    if len(leaves) > 1:
        names = ", ".join(sorted(name for _label, name in leaves))
        raise Refused("schema_two_leaves", app=app_label, leaves=names)
    return leaves[0]


def _next_number(name: str) -> int:
    found = _NUMBER.match(name)
    return int(found[1]) + 1 if found else 1
