"""Reads the flags from PostgreSQL, which holds the truth about them.

One statement reads everything, so that no half of a change is ever seen.
"""

from __future__ import annotations

from zdt_core import database
from zdt_flags.snapshot import Snapshot, Version, build

_STAMP = "to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

_VERSION = f"SELECT version, {_STAMP} FROM zdt_flags_snapshotversion WHERE id = 1"  # noqa: S608

_DOCUMENT = f"""
SELECT json_build_object(
    'version', coalesce((SELECT version FROM zdt_flags_snapshotversion WHERE id = 1), 0),
    'stamp', coalesce((SELECT {_STAMP} FROM zdt_flags_snapshotversion WHERE id = 1), ''),
    'flags', coalesce((
        SELECT json_agg(json_build_object(
            'name', flag.name,
            'enabled', flag.enabled,
            'percentage', flag.percentage::text,
            'salt', flag.salt,
            'allow', ARRAY(SELECT value FROM zdt_flags_target
                           WHERE flag_id = flag.name AND verdict = 'allow'),
            'deny', ARRAY(SELECT value FROM zdt_flags_target
                          WHERE flag_id = flag.name AND verdict = 'deny')
        )) FROM zdt_flags_flag AS flag
    ), '[]'::json)
)::text
"""  # noqa: S608


def version() -> Version:
    """The version of the flags as committed; the zero version before their first change."""
    with database.connection().cursor() as cursor:
        cursor.execute(_VERSION)
        row = cursor.fetchone()
    return Version(*row) if row else Version()


def load() -> Snapshot:
    """All flags. Raises what the database raises."""
    with database.connection().cursor() as cursor:
        cursor.execute(_DOCUMENT)
        return build(cursor.fetchone()[0], "postgresql")
