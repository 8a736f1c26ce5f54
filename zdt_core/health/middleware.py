"""Answers health endpoints before anything else looks at the request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from zdt_core import pulse
from zdt_core.conf import conf
from zdt_core.health import endpoints, runner


class HealthMiddleware:
    """First in MIDDLEWARE, so that no host check, redirect or session comes before a probe."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._endpoints = endpoints.endpoints(conf.HEALTH_PREFIX)
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        runner.install()

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        endpoint = self._endpoints.get(request.path_info)
        if endpoint is None:
            response: HttpResponseBase | Awaitable[HttpResponseBase] = self.get_response(request)
            return response
        if self._is_async:
            return self._answer_async(endpoint, request)
        return endpoints.answer(endpoint, request)

    async def _answer_async(
        self, endpoint: endpoints.Endpoint, request: HttpRequest
    ) -> HttpResponseBase:
        if pulse.running() and request.method in ("GET", "HEAD"):
            return endpoints.answer(endpoint, request)  # from memory
        return await sync_to_async(endpoints.answer, thread_sensitive=False)(endpoint, request)
