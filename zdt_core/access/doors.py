"""Which URLs the installed apps open below the one that a site mounts.

An app adds its own in `ready`, and a site mounts them all at once::

    doors.register("api/", "zdt_deploy.deployments.api.urls")     # in the app
    path("zdt/", include("zdt_core.urls"))                        # in the site
"""

from __future__ import annotations

from django.urls import NoReverseMatch, URLPattern, URLResolver, include, path, reverse

_doors: dict[str, str] = {}


def register(prefix: str, urlconf: str) -> None:
    """Open ``prefix``, such as "api/" (or "" for single paths), to the patterns of ``urlconf``."""
    _doors[prefix] = urlconf


def registered() -> dict[str, str]:
    """Every door: {prefix: dotted URLconf}."""
    return dict(_doors)


def patterns() -> list[URLPattern | URLResolver]:
    """The patterns of all doors; the narrower prefix is asked first."""
    prefixes = sorted(_doors, key=len, reverse=True)
    return [path(prefix, include(_doors[prefix])) for prefix in prefixes]


def mounted_at() -> str | None:
    """The path where this site mounts the doors; None where it does not."""
    try:
        return reverse("zdt:root")
    except NoReverseMatch:
        return None
