"""Settings of zdt_migrate."""

from __future__ import annotations

from zdt_core.conf import Setting, Settings, positive


class MigrateSettings(Settings):
    """Settings of zdt_migrate, in seconds."""

    MIGRATE_PATIENCE_SECONDS = Setting(
        float,
        600.0,
        "How long zdt_migrate tries a migration again that does not get its locks.",
        positive,
    )
    MIGRATE_QUEUE_SECONDS = Setting(
        float, 3600.0, "How long zdt_migrate waits for another that migrates already.", positive
    )
    MIGRATE_LOOK_SECONDS = Setting(
        float, 0.5, "How often a zdt_migrate that waits looks whether it is its turn.", positive
    )


conf = MigrateSettings()
