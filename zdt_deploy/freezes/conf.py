"""Settings of freezes and emergencies."""

from __future__ import annotations

from zdt_core.conf import Setting, Settings, positive


def _logins(value: list[str]) -> str | None:
    if all(isinstance(name, str) and name for name in value):
        return None
    return "must be a list of login names such as 'root'."


class FreezeSettings(Settings):
    """Settings of freezes and emergencies."""

    EMERGENCY_HOURS = Setting(
        float,
        24.0,
        "Hours for which an approved emergency passes freezes and skips observation.",
        positive,
    )
    EMERGENCY_REVIEW_DAYS = Setting(
        float, 5.0, "Days within which an emergency has to be reviewed.", positive
    )
    SHARED_LOGINS = Setting[list[str]](
        list,
        ["root", "deploy", "django", "app", "ubuntu", "www-data", "nobody", "unknown"],
        "Logins that people share: from a shell they approve and review no emergency.",
        _logins,
    )


conf = FreezeSettings()
