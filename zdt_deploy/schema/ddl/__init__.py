"""Runs the statements of a schema change so that the site goes on.

`short` for what needs a strong lock for an instant, `scan` for what reads the whole table under a
weak one, `concurrently` for index builds. Each restores the session's timeouts whatever happens,
and only collects its statements for `sqlmigrate`.
"""

from zdt_deploy.schema.ddl.building import concurrently, drop_invalid
from zdt_deploy.schema.ddl.editor import Editor, require_no_transaction
from zdt_deploy.schema.ddl.errors import DEADLOCK, DUPLICATE_TABLE, sqlstate
from zdt_deploy.schema.ddl.locked import scan, short, take_turns
from zdt_deploy.schema.ddl.telling import tell

__all__ = [
    "DEADLOCK",
    "DUPLICATE_TABLE",
    "Editor",
    "concurrently",
    "drop_invalid",
    "require_no_transaction",
    "scan",
    "short",
    "sqlstate",
    "take_turns",
    "tell",
]
