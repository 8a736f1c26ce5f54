"""Where notifications go."""

from __future__ import annotations

from typing import Any

from zdt_core.conf import Setting, Settings, positive


def _origin(value: str | None) -> str | None:
    if value is None or value.startswith(("http://", "https://")):
        return None
    return f"must be an http(s) URL such as 'https://shop.example.com', got {value!r}."


class NotifySettings(Settings):
    """Settings of the notifications."""

    NOTIFY = Setting[dict[str, Any]](
        dict,
        {},
        "Channels by alias: {'oncall': {'BACKEND': 'pagerduty', 'OPTIONS': {…}, 'SEVERITIES': "
        "['critical'], 'KINDS': ['deployment.*']}}. Without any, notifications go to the log.",
        secret=True,
    )
    NOTIFY_WINDOW = Setting(
        float,
        3600.0,
        "Seconds in which the same notification is told once, however often it comes.",
        positive,
    )
    NOTIFY_ATTEMPTS = Setting(
        int, 20, "How often a notification is tried before it is given up.", positive
    )
    NOTIFY_RETRY_SECONDS = Setting(
        float, 600.0, "The longest pause between two attempts; pauses double up to it.", positive
    )
    NOTIFY_KEEP_DAYS = Setting(float, 90.0, "Days for which notifications are kept.", positive)
    CONSOLE_URL = Setting[str | None](
        str,
        None,
        "Scheme and host of the admin, such as 'https://shop.example.com', for the links in "
        "notifications.",
        _origin,
    )


conf = NotifySettings()
