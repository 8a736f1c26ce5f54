"""Counts each request: how long until its response began, whether it failed, whether it strayed."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from zdt_core import tracing
from zdt_core.conf import conf
from zdt_core.metering.ledger import FULL, ledger
from zdt_core.observing import ledger as observing
from zdt_core.observing.under_way import under_way

FAILED = 500
"""The first status that is the server's fault."""


class MeteringMiddleware:
    """Right after HealthMiddleware and DrainMiddleware, so that it times all the rest.

    An error is a status of 500 and above, or an exception that arrives here; a client that went
    away is none, and its request is timed until then. A streamed response is timed until it
    begins.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._entries = ledger.requests
        self._observed = observing.ledger.requests if conf.OBSERVE else None
        self._tag = tracing.process_tagger()
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._answer_async(request)
        if self._tag is not None:
            self._tag()
        spent = [0.0, 0]
        before = under_way.set(spent)
        started = perf_counter()
        failed = True
        try:
            response: HttpResponseBase = self.get_response(request)
            failed = response.status_code >= FAILED
        finally:
            self._note(request, perf_counter() - started, failed, spent)
            under_way.reset(before)
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        if self._tag is not None:
            self._tag()
        spent = [0.0, 0]
        before = under_way.set(spent)
        started = perf_counter()
        failed = True
        try:
            response: HttpResponseBase = await self.get_response(request)
            failed = response.status_code >= FAILED
        except CancelledError:
            failed = False
            raise
        finally:
            self._note(request, perf_counter() - started, failed, spent)
            under_way.reset(before)
        return response

    def _note(self, request: HttpRequest, seconds: float, failed: bool, spent: list[float]) -> None:
        if "zdt_unmetered" in request.__dict__:
            return
        entries = self._entries
        entries.append((seconds, failed, "zdt_misrouted" in request.__dict__))
        if len(entries) >= FULL:
            ledger.add_up()
        if self._observed is not None:
            self._observed.append((seconds, failed, spent[0], spent[1]))
            if len(self._observed) >= observing.FULL:
                observing.ledger.add_up()
