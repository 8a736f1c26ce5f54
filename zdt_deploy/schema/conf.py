"""Settings of schema changes."""

from __future__ import annotations

from zdt_core.conf import Setting, Settings, not_negative, positive


def _globs(value: list[str]) -> str | None:
    if all(isinstance(glob, str) and glob for glob in value):
        return None
    return "must be a list of texts such as 'pgbouncer' or 'postgres_exporter*'."


class SchemaSettings(Settings):
    """Settings of schema changes; seconds unless said otherwise."""

    SCHEMA_OBSERVE_SECONDS = Setting(
        float,
        172_800.0,
        "How long the new shape is in use before the old one may go. What it says at the switch "
        "counts for that change; `manage.py zdt_schema advance --force` makes it shorter.",
        not_negative,
    )
    SCHEMA_TRUSTED_SESSIONS = Setting[list[str]](
        list,
        [],
        "PostgreSQL sessions that never use the site's tables, by application name or user; `*` "
        "stands for any text. Others that zdt did not name keep contracts owed.",
        _globs,
    )
    SCHEMA_TRUSTED_SERVICES = Setting[list[str]](
        list,
        [],
        "Services of the fleet that never use the site's tables, so that their releases keep no "
        "contract owed; `*` stands for any text.",
        _globs,
    )
    SCHEMA_ASK_SECONDS = Setting(
        float, 60.0, "How often the gate of an owed contract is asked.", positive
    )
    SCHEMA_WATCH_SECONDS = Setting(
        float, 30.0, "How often the triggers of open changes are looked at.", positive
    )

    SCHEMA_LOCK_SECONDS = Setting(
        float,
        0.2,
        "Seconds for which a schema change queues for a lock, and with it the site behind it.",
        positive,
    )
    SCHEMA_LOCK_PAUSE_SECONDS = Setting(
        float,
        0.5,
        "Seconds between the first two tries to get a lock; each pause is half as long again.",
        positive,
    )
    SCHEMA_LOCK_LONGEST_PAUSE_SECONDS = Setting(
        float, 10.0, "The longest pause between two tries to get a lock.", positive
    )
    SCHEMA_LOCK_PATIENCE_SECONDS = Setting(
        float,
        120.0,
        "Seconds for which a schema change tries to get its locks before it gives up.",
        positive,
    )
    SCHEMA_STATEMENT_SECONDS = Setting(
        float,
        2.0,
        "Seconds that a statement may hold its lock, beyond the wait for it; it is undone then.",
        positive,
    )
    SCHEMA_OLD_SNAPSHOT_SECONDS = Setting(
        float,
        20.0,
        "Age of an open transaction from which on no index build starts that would wait for it.",
        positive,
    )
    SCHEMA_UNRELATED_FUNCTIONS = Setting[list[str]](
        list,
        [],
        "Functions that keep no column from being dropped although their text mentions its name, "
        "such as ['public.audit_*'].",
    )
    SCHEMA_BUILD_PATIENCE_SECONDS = Setting(
        float,
        900.0,
        "Seconds for which an index build waits for the same transactions before it is cancelled.",
        positive,
    )


conf = SchemaSettings()
