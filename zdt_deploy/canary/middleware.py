"""Decides for each request which track it belongs to, and keeps the visitor's id in its cookie.

| what | where |
|---|---|
| the decision | ``request.zdt``, see `zdt_deploy.canary.decision` |
| the decision, for who reads the response | header ``X-Deployment-Version: canary`` or ``stable`` |
| the id and its bucket | cookies ``zdt_id`` and ``zdt_bucket``, set only when they changed |

The client's own ``X-Deployment-Version`` is dropped. A request that another release should have
served is counted as misrouted. ``Vary: Cookie`` is added where the response depends on the
cookie: when the view read ``request.zdt`` and when `zdt_id` is set. A response marked for shared
caches gets no cookie; the visitor's next one does.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from zdt_core import tracing
from zdt_core.conf import conf as core_conf
from zdt_core.exceptions import ConfigurationError
from zdt_core.metering import mark_misrouted
from zdt_core.tracing import Tagger
from zdt_deploy.canary import logs, visitors
from zdt_deploy.canary.cookies import ID, Jar, Visitor, jar
from zdt_deploy.canary.decision import Decision
from zdt_deploy.canary.router import router, service
from zdt_deploy.canary.routing import decide_bucket
from zdt_deploy.conf import conf

logger = logging.getLogger("zdt.canary.settings")
HEADER = "X-Deployment-Version"
_SENT_BY_CLIENT = "HTTP_X_DEPLOYMENT_VERSION"


@dataclass(frozen=True, slots=True)
class Rules:
    """What every request needs of the settings, read once. ``release`` is what this process
    serves, "" where the split is another service's."""

    by_user: bool
    logs: bool
    release: str
    jar: Jar
    tag: Tagger | None


@cache
def rules() -> Rules:
    return Rules(conf.CANARY_ID == "user", conf.CANARY_LOG, _release(), jar(), tracing.tagger())


def _release() -> str:
    """Wrong settings keep nobody from being served; `manage.py check` tells of them."""
    try:
        return (core_conf.VERSION or "") if service() == core_conf.SERVICE else ""
    except ConfigurationError as error:
        logger.error("Nobody is counted as misrouted: %s", error)
        return ""


@receiver(setting_changed)
def _read_the_rules_again(**kwargs: Any) -> None:
    rules.cache_clear()


class CanaryMiddleware:
    """After MeteringMiddleware; with ``ZDT_CANARY_ID = "user"`` after AuthenticationMiddleware.

    Adds no I/O to a request, save for loading session and user in that case.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        router.prime()

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._answer_async(request)
        known = rules()
        if known.by_user:
            visitor = visitors.by_user(request)
        else:
            visitor = known.jar.read(request.COOKIES.get(ID))
        decision = begin(request, visitor, known)
        token = logs.current_request.set(request)
        try:
            response: HttpResponseBase = self.get_response(request)
        finally:
            logs.current_request.reset(token)
        end(request, response, decision, known)
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        known = rules()
        if known.by_user:
            visitor = await visitors.by_user_async(request)
        else:
            visitor = known.jar.read(request.COOKIES.get(ID))
        decision = begin(request, visitor, known)
        token = logs.current_request.set(request)
        try:
            response: HttpResponseBase = await self.get_response(request)
        finally:
            logs.current_request.reset(token)
        end(request, response, decision, known)
        return response


def begin(request: HttpRequest, visitor: Visitor | None, known: Rules) -> Decision:
    """Decide, and put the decision on the request."""
    if request.META.pop(_SENT_BY_CLIENT, None) is not None:
        request.__dict__.pop("headers", None)  # somebody may have looked at them already
    route = router.current()
    track = decide_bucket(route, None if visitor is None else visitor.fine)
    if route is not None and known.release:
        meant = route.release(track)
        if meant and meant != known.release:
            mark_misrouted(request)
    decision = Decision(track, visitor, route)
    request.zdt = decision  # type: ignore[attr-defined]
    if known.tag is not None:
        known.tag(decision.attributes())
    return decision


def end(request: HttpRequest, response: HttpResponseBase, decision: Decision, known: Rules) -> None:
    """Tell the decision, and give the visitor the cookies to come back with."""
    response.headers[HEADER] = decision._track
    if decision.was_read:
        patch_vary_headers(response, ("Cookie",))
    visitor = decision._visitor
    if not known.by_user:
        visitor = visitors.from_now_on(request, visitor, known.jar)
    if visitor is not None:
        known.jar.write(request, response, visitor)
    if known.logs:
        logs.log_decision(request)
