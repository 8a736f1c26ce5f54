"""System checks of the outside doors.

| id | level | meaning |
|---|---|---|
| zdt_core.W060 | warning | there are API tokens, and nothing to use them at (`check --database`) |
| zdt_core.W061 | warning | tokens would travel unencrypted (`check --deploy --database`) |
| zdt_core.W062 | warning | another URL stands above the doors and answers in their place |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from zdt_core import database
from zdt_core.access import doors
from zdt_core.access.models import Token
from zdt_core.addresses import answered_by

MOUNT = 'Add to your root URLconf, once: path("zdt/", include("zdt_core.urls")).'


@register(Tags.database)
def tokens_have_a_door(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A token that works nowhere is found before a pipeline needs it."""
    live = 0 if _mounted() is not None else _live_tokens(databases)
    if not live:
        return []
    return [
        Warning(
            f"There are {live} API tokens, and zdt's URLs are not mounted: they open nothing.",
            hint=MOUNT,
            id="zdt_core.W060",
        )
    ]


@register(Tags.database, deploy=True)
def tokens_travel_encrypted(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A bearer token is as good as a password to whoever reads it on the way.

    Who has made no token is told by Django's security.W008 alone.
    """
    if _mounted() is None or settings.SECURE_SSL_REDIRECT or settings.SECURE_PROXY_SSL_HEADER:
        return []
    if not _live_tokens(databases):
        return []
    return [
        Warning(
            "zdt's HTTP API takes tokens, and nothing says that requests come encrypted.",
            hint="Set SECURE_SSL_REDIRECT = True, or SECURE_PROXY_SSL_HEADER where a proxy ends "
            "TLS. Silence this where the proxy refuses plain HTTP by itself.",
            id="zdt_core.W061",
        )
    ]


@register("zdt")
def doors_are_reached(**kwargs: Any) -> list[CheckMessage]:
    """A pattern above, such as the admin's catch-all, would answer in our place."""
    root = _mounted()
    if root is None:
        return []
    match = answered_by(root)
    found = match.view_name if match else "nothing"
    if found.endswith("zdt:root"):
        return []
    return [
        Warning(
            f"{root} is answered by “{found}”, which stands above zdt's URLs.",
            hint="Move the line with zdt_core.urls further up in the root URLconf.",
            id="zdt_core.W062",
        )
    ]


def _mounted() -> str | None:
    return doors.mounted_at() if getattr(settings, "ROOT_URLCONF", None) else None


def _live_tokens(databases: Sequence[str] | None) -> int:
    """How many tokens would be taken now; 0 where the database may not be asked."""
    if not database.may_be_asked(databases):
        return 0
    try:
        return Token.objects.filter(revoked_at=None, expires_at__gt=database.Now()).count()
    except DatabaseError:  # not migrated yet
        return 0
