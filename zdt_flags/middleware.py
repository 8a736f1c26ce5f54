"""One answer per flag and request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from zdt_flags.pins import Pin, pinned


class FlagsMiddleware:
    """Pins the flags for the time of a request, at its first question; works sync and async.

    A view that streams its answer does so after the pin has gone.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self._pinned_async(request) if self.is_async else self._pinned(request)

    def _pinned(self, request: HttpRequest) -> HttpResponseBase:
        token = pinned.set(_pin(request))
        try:
            response: HttpResponseBase = self.get_response(request)
            return response
        finally:
            pinned.reset(token)

    async def _pinned_async(self, request: HttpRequest) -> HttpResponseBase:
        token = pinned.set(_pin(request))
        try:
            response: HttpResponseBase = await self.get_response(request)
            return response
        finally:
            pinned.reset(token)


def _pin(request: HttpRequest) -> Pin:
    around = pinned.get()
    return Pin(request, None if around is None else around.overrides)
