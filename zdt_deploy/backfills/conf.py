"""Settings of backfills: the aims of the adaptive pacing, and what makes it give way."""

from __future__ import annotations

from zdt_core.conf import Setting, Settings, positive


def _share(value: float) -> str | None:
    return None if 0 < value <= 1 else f"must be above 0 and at most 1, got {value!r}."


def _paths(value: list[str]) -> str | None:
    if all(isinstance(path, str) and "." in path for path in value):
        return None
    return "must be a list of dotted paths such as 'shop.load.is_high'."


class BackfillSettings(Settings):
    """Settings of backfills."""

    BACKFILL_BATCH_SECONDS = Setting(
        float,
        0.016,
        "Seconds a batch of an adaptive backfill may take: the longest that a row is locked.",
        positive,
    )
    BACKFILL_DUTY = Setting(
        float, 0.4, "Share of the time that an adaptive backfill may work at first.", _share
    )
    BACKFILL_DUTY_MOST = Setting(
        float, 0.6, "Share of the time that it may work while nothing suffers.", _share
    )
    BACKFILL_UNTHROTTLED_SECONDS = Setting(
        float, 0.25, "Seconds a transaction of an unthrottled backfill takes.", positive
    )
    BACKFILL_LOCK_SECONDS = Setting(
        float,
        0.5,
        "Seconds a batch waits for a lock before it gives way; below PostgreSQL's deadlock_timeout "
        "(1 s), or the site may be what a deadlock ends.",
        positive,
    )
    BACKFILL_LAG_SECONDS = Setting(
        float, 5.0, "Lag of a replica above which an adaptive backfill gives way.", positive
    )
    BACKFILL_RETAINED_MB = Setting(
        int,
        1024,
        "Megabytes of WAL kept for a replica or slot that is behind, above which it gives way.",
        positive,
    )
    BACKFILL_WAL_MB_PER_SECOND = Setting(
        float,
        128.0,
        "Megabytes of WAL the whole server writes in a second above which it gives way.",
        positive,
    )
    BACKFILL_WAITING_SESSIONS = Setting(
        int, 1, "Sessions that wait for a row of a batch, from which it gives way.", positive
    )
    BACKFILL_DEAD_SHARE = Setting(
        float,
        0.3,
        "Dead rows of the table, as a share of the live ones, above which it gives way until "
        "VACUUM has caught up.",
        positive,
    )
    BACKFILL_VACUUM_SHARE = Setting(
        float,
        0.03,
        "Share of the table that a backfill changes before it cleans up with VACUUM.",
        _share,
    )
    BACKFILL_LATENCY_FACTOR = Setting(
        float,
        1.5,
        "How many times its usual p95 latency the site may have before the backfill gives way.",
        positive,
    )
    BACKFILL_SIGNALS = Setting[list[str]](
        list,
        [],
        "Functions that tell an adaptive backfill to give way: called with the backfill, each "
        "returns None when all is well, else a sentence that says why not.",
        _paths,
    )
    BACKFILL_ROW_ERRORS = Setting(
        int, 1000, "Rows with errors that a backfill collects before it fails.", positive
    )


conf = BackfillSettings()
