"""Which release and which track a log line belongs to.

Put `DeploymentLogFilter` on the handlers, and the names below into their format:

| field | holds |
|---|---|
| zdt_release | the release that wrote the line |
| zdt_track | the decision for the request; outside of one, what this process is |
| zdt_bucket | the visitor's bucket, 0 to 99, or empty |
| zdt_id_hash | 16 hex digits that are the same for the same visitor, keyed by SECRET_KEY |
| zdt_id | the plain id with ZDT_LOG_PLAIN_ID, else empty |
| zdt_endpoint | the URL pattern of the request, or its path where none matched |
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from zdt_core.conf import conf as core_conf
from zdt_deploy.conf import conf

current_request: ContextVar[HttpRequest | None] = ContextVar("zdt_request", default=None)
"""The request that is being served; `CanaryMiddleware` sets it."""

decisions = logging.getLogger("zdt.canary")
"""One line for each request at INFO, with ZDT_CANARY_LOG."""


class DeploymentLogFilter(logging.Filter):
    """Lets every record pass, with the fields of `zdt_deploy.canary.logs` on it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "zdt_release"):  # else it was written with them
            request = getattr(record, "request", None) or current_request.get()
            record.__dict__.update(fields(request))
        return True


def fields(request: Any) -> dict[str, Any]:
    """The log fields of ``request``, which may be None or have seen no `CanaryMiddleware`."""
    decision = getattr(request, "zdt", None)
    found: dict[str, Any] = {
        "zdt_release": core_conf.VERSION or "",
        "zdt_track": core_conf.TRACK,
        "zdt_bucket": "",
        "zdt_id_hash": "",
        "zdt_id": "",
        "zdt_endpoint": "" if request is None else endpoint(request),
    }
    if decision is not None:
        found["zdt_track"] = decision._track
        visitor = decision._visitor
        if visitor is not None:
            found["zdt_bucket"] = visitor.coarse
            found["zdt_id_hash"] = id_hash(visitor.key)
            found["zdt_id"] = visitor.key if conf.LOG_PLAIN_ID else ""
    return found


def id_hash(key: str) -> str:
    """What stands for a visitor in the logs; to find one, hash the id here."""
    return salted_hmac("zdt.log", key, algorithm="sha256").hexdigest()[:16]


def endpoint(request: HttpRequest) -> str:
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match is not None else str(getattr(request, "path", ""))


def log_decision(request: HttpRequest) -> None:
    """The line of one request: user, version, endpoint; the record has the time."""
    facts = fields(request)
    decisions.info(
        "%(zdt_track)s by %(zdt_release)s: %(zdt_endpoint)s for %(zdt_id_hash)s", facts, extra=facts
    )
