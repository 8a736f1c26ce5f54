"""Runs the statements of a schema change so that the site goes on.

`short` for what needs a strong lock for an instant, `scan` for what reads the whole table under a
weak one, `concurrently` for index builds. Each restores the session's timeouts whatever happens,
and only collects its statements for `sqlmigrate`.
"""

from zdt_deploy.schema.ddl.building import (
    CLEANING_SECONDS,
    break_off,
    concurrently,
    drop_invalid,
)
from zdt_deploy.schema.ddl.editor import Editor, require_no_transaction
from zdt_deploy.schema.ddl.errors import DEADLOCK, DUPLICATE_TABLE, sqlstate
from zdt_deploy.schema.ddl.locked import scan, short, take_turns
from zdt_deploy.schema.ddl.telling import tell

__all__ = [
    "CLEANING_SECONDS",
    "DEADLOCK",
    "DUPLICATE_TABLE",
    "Editor",
    "break_off",
    "concurrently",
    "drop_invalid",
    "require_no_transaction",
    "scan",
    "short",
    "sqlstate",
    "take_turns",
    "tell",
]
