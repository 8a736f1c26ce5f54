"""Counts requests in flight; ends connections during a drain, and refuses once it is time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from zdt_core.drain import state
from zdt_core.drain.phases import Phase
from zdt_core.drain.tickets import Ticket

RETRY_AFTER = "1"


class DrainMiddleware:
    """Right after `HealthMiddleware`, so that health endpoints are always answered."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._serve_async(request)
        if state.current() >= Phase.REFUSING:
            return refusal(request)
        ticket = Ticket()
        try:
            response: HttpResponseBase = self.get_response(request)
        except BaseException:
            ticket.done()
            raise
        return _finish(request, response, ticket)

    async def _serve_async(self, request: HttpRequest) -> HttpResponseBase:
        if state.current() >= Phase.REFUSING:
            return refusal(request)
        ticket = Ticket()
        try:
            response: HttpResponseBase = await self.get_response(request)
        except BaseException:  # a client that went away cancels us
            ticket.done()
            raise
        return _finish(request, response, ticket)


def refusal(request: HttpRequest) -> HttpResponse:
    """The answer to a request that came after the balancer should have looked away."""
    response = HttpResponse(
        "This server is about to stop. Try again.\n", status=503, content_type="text/plain"
    )
    response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # meant, so no error mail
    _end_connection(request, response)
    return response


def _finish(request: HttpRequest, response: HttpResponseBase, ticket: Ticket) -> HttpResponseBase:
    # Django offers no public hook for the end of one response; its own resources go here, too
    response._resource_closers.append(ticket.done)  # type: ignore[attr-defined]
    if state.draining():
        _end_connection(request, response)
    return response


def _end_connection(request: HttpRequest, response: HttpResponseBase) -> None:
    """Ask the server to close the connection, except `runserver`, which asserts that we don't."""
    if not request.META.get("SERVER_SOFTWARE", "").startswith("WSGIServer"):
        response["Connection"] = "close"
