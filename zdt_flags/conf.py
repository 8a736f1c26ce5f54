"""Settings of zdt_flags."""

from __future__ import annotations

from zdt_core.conf import Setting, Settings, positive


class FlagSettings(Settings):
    """How soon a process sees a change; see `zdt_flags.keeper`."""

    FLAGS_REFRESH = Setting(
        float, 2.0, "Seconds between two looks at the version of the flags in Redis.", positive
    )
    FLAGS_TRUTH_EVERY = Setting(
        float,
        15.0,
        "Seconds between two looks at the version of the flags in PostgreSQL.",
        positive,
    )
    FLAGS_MAX_AGE = Setting(
        float,
        60.0,
        "Seconds after which a process whose background refresh has stopped looks for itself.",
        positive,
    )


conf = FlagSettings()
