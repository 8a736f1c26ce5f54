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

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from zdt_core.conf import conf as core_conf
from zdt_core.metering import mark_misrouted
from zdt_deploy.canary import logs, visitors
from zdt_deploy.canary.cookies import Visitor, jar
from zdt_deploy.canary.decision import Decision
from zdt_deploy.canary.router import router, service
from zdt_deploy.canary.routing import decide_bucket
from zdt_deploy.conf import conf

HEADER = "X-Deployment-Version"
_SENT_BY_CLIENT = "HTTP_X_DEPLOYMENT_VERSION"


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that every request needs, read once. ``release`` is what this process serves,
    "" where the split is another service's."""

    by_user: bool
    logs: bool
    release: str


@cache
def rules() -> Rules:
    own = service() == core_conf.SERVICE
    return Rules(conf.CANARY_ID == "user", conf.CANARY_LOG, (own and core_conf.VERSION) or "")


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
        find = visitors.by_user if rules().by_user else visitors.by_cookie
        visitor = find(request)
        decision = begin(request, visitor)
        token = logs.current_request.set(request)
        try:
            response: HttpResponseBase = self.get_response(request)
        finally:
            logs.current_request.reset(token)
        end(request, response, decision, visitor)
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        by_user = rules().by_user
        visitor = await visitors.by_user_async(request) if by_user else visitors.by_cookie(request)
        decision = begin(request, visitor)
        token = logs.current_request.set(request)
        try:
            response: HttpResponseBase = await self.get_response(request)
        finally:
            logs.current_request.reset(token)
        end(request, response, decision, visitor)
        return response


def begin(request: HttpRequest, visitor: Visitor | None) -> Decision:
    """Decide, and put the decision on the request."""
    if request.META.pop(_SENT_BY_CLIENT, None) is not None:
        request.__dict__.pop("headers", None)  # somebody may have looked at them already
    fine, key = (None, None) if visitor is None else (visitor.fine, visitor.key)
    route = router.current()
    track = decide_bucket(route, fine)
    if route is None:
        decision = Decision(track, "", fine, key, 0)
    else:
        release, own = route.release(track), rules().release
        if release != own and release and own:
            mark_misrouted(request)
        decision = Decision(track, release, fine, key, route.epoch)
    request.zdt = decision  # type: ignore[attr-defined]
    return decision


def end(
    request: HttpRequest, response: HttpResponseBase, decision: Decision, visitor: Visitor | None
) -> None:
    """Tell the decision, and give the visitor the cookies to come back with."""
    response.headers[HEADER] = decision._track
    if decision.was_read:
        patch_vary_headers(response, ("Cookie",))
    if not rules().by_user:
        visitor = visitors.from_now_on(request, visitor)
    if visitor is not None:
        jar().write(request, response, visitor)
    if rules().logs:
        logs.log_decision(request)
