"""System checks of the request side.

| id | level | meaning |
|---|---|---|
| zdt_deploy.E020 | error | an upstream lacks its stable or canary URL |
| zdt_deploy.E021 | error | upstreams are configured, and nobody decides who goes where |
| zdt_deploy.E022 | error | ZDT_CANARY_ID = "user", and the user is not known yet |
| zdt_deploy.W023 | warning | the canary is routed but not measured |
| zdt_deploy.W024 | warning | nobody keeps a visitor on one release |
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from zdt_deploy.canary.routing import CANARY, STABLE
from zdt_deploy.conf import conf

CANARY_MIDDLEWARE = "zdt_deploy.canary.CanaryMiddleware"
METERING = "zdt_core.metering.MeteringMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


@register("zdt")
def upstreams_are_complete(**kwargs: Any) -> list[CheckMessage]:
    """Each upstream has a URL for both tracks."""
    found: list[CheckMessage] = []
    for name, urls in _upstreams().items():
        missing = [
            track
            for track in (STABLE, CANARY)
            if not _is_url(urls.get(track) if isinstance(urls, dict) else None)
        ]
        if missing:
            found.append(
                Error(
                    f"ZDT_UPSTREAMS[{name!r}] has no URL for {' and '.join(missing)}.",
                    hint="Give it one base URL for 'stable' and one for 'canary', with http:// or "
                    "https://.",
                    id="zdt_deploy.E020",
                )
            )
    return found


@register("zdt")
def somebody_decides(**kwargs: Any) -> list[CheckMessage]:
    if not _upstreams() or CANARY_MIDDLEWARE in settings.MIDDLEWARE:
        return []
    return [
        Error(
            "ZDT_UPSTREAMS is set, and CanaryMiddleware is not in MIDDLEWARE: "
            "every call would go to stable.",
            hint=f"Add {CANARY_MIDDLEWARE} to MIDDLEWARE.",
            id="zdt_deploy.E021",
        )
    ]


@register("zdt")
def the_user_is_known_first(**kwargs: Any) -> list[CheckMessage]:
    """The literal rule needs the middleware that sets request.user above it."""
    order = list(settings.MIDDLEWARE)
    if getattr(settings, "ZDT_CANARY_ID", "cookie") != "user" or CANARY_MIDDLEWARE not in order:
        return []
    if AUTHENTICATION in order[: order.index(CANARY_MIDDLEWARE)]:
        return []
    return [
        Error(
            'ZDT_CANARY_ID = "user" needs request.user, which is set further down.',
            hint=f"Put {CANARY_MIDDLEWARE} below {AUTHENTICATION} in MIDDLEWARE.",
            id="zdt_deploy.E022",
        )
    ]


@register("zdt")
def visitors_are_recognised(**kwargs: Any) -> list[CheckMessage]:
    """E021 tells of the case with upstreams."""
    if CANARY_MIDDLEWARE in settings.MIDDLEWARE or _upstreams():
        return []
    return [
        Warning(
            "CanaryMiddleware is not in MIDDLEWARE: no visitor gets the cookie by which a proxy "
            "keeps each of them on one release.",
            hint=f"Add {CANARY_MIDDLEWARE}, after {METERING}.",
            id="zdt_deploy.W024",
        )
    ]


@register("zdt")
def the_canary_is_measured(**kwargs: Any) -> list[CheckMessage]:
    order = list(settings.MIDDLEWARE)
    if CANARY_MIDDLEWARE not in order:
        return []
    if METERING in order[: order.index(CANARY_MIDDLEWARE)]:
        return []
    return [
        Warning(
            "No MeteringMiddleware stands above CanaryMiddleware, so the built-in metrics do not "
            "see what the canary serves.",
            hint=f"Put {METERING} above {CANARY_MIDDLEWARE}, unless metrics come from elsewhere.",
            id="zdt_deploy.W023",
        )
    ]


def _upstreams() -> dict[str, Any]:
    given = getattr(settings, "ZDT_UPSTREAMS", conf.__class__.UPSTREAMS.default)
    return given if isinstance(given, dict) else {}  # the settings check tells of any other type


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and urlsplit(value).scheme in ("http", "https")
