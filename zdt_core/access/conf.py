"""Settings of the outside doors."""

from __future__ import annotations

from zdt_core.conf import Setting, Settings, positive


def _days(value: float) -> str | None:
    return positive(value) or (None if value <= 366 else f"must be 366 at most, got {value!r}.")


def _at_least_a_day(value: float) -> str | None:
    return None if value >= 24 else f"must be 24 or more, got {value!r}."


class AccessSettings(Settings):
    """Settings of the API tokens and of what is asked with them."""

    TOKEN_DAYS = Setting(
        float, 90.0, "Days after which a new API token expires, unless it says otherwise.", _days
    )
    IDEMPOTENCY_HOURS = Setting(
        float,
        48.0,
        "Hours for which the answer to a request with an Idempotency-Key is kept.",
        _at_least_a_day,
    )


conf = AccessSettings()
