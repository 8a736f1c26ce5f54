"""Which base URL a request's calls to another service go to (requirement D4).

``ZDT_UPSTREAMS = {"backend": {"stable": "http://…", "canary": "http://…"}}`` names them;
``service_url(request, "backend")`` picks one by ``request.zdt.track``, and `service_headers` tells
the upstream what was decided.
"""

from __future__ import annotations

from typing import Any

from zdt_core import metering
from zdt_core.exceptions import ConfigurationError
from zdt_deploy.canary.middleware import HEADER
from zdt_deploy.canary.routing import STABLE
from zdt_deploy.conf import conf

FELL_BACK = "zdt.upstream_fell_back"
"""The counter of calls that went to stable for want of a canary URL or of a decision."""


def service_url(request: Any, name: str) -> str:
    """The base URL of the upstream ``name`` for ``request``, without a slash at its end.

    Falls back to stable, counted, where the canary has no URL or `CanaryMiddleware` did not run;
    system checks find both before. Raises ConfigurationError for a name that is not configured.
    """
    urls = _urls(name)
    url = urls.get(_track(request))
    if not url:
        metering.count(FELL_BACK)
        url = urls[STABLE]
    return str(url).rstrip("/")


def service_headers(request: Any) -> dict[str, str]:
    """The header that carries the decision to the upstream."""
    return {HEADER: _track(request) or STABLE}


def _urls(name: str) -> dict[str, Any]:
    upstreams = conf.UPSTREAMS
    urls = upstreams.get(name)
    if isinstance(urls, dict) and urls.get(STABLE):
        return urls
    known = ", ".join(sorted(upstreams)) or "none"
    raise ConfigurationError(
        f"ZDT_UPSTREAMS has no upstream {name!r} with a stable URL. It names: {known}."
    )


def _track(request: Any) -> str:
    decision = getattr(request, "zdt", None)
    return "" if decision is None else str(decision.track)
