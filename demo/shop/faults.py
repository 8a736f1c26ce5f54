"""Faults that the story plants in a release, chosen by SHOP_FAULT.

| SHOP_FAULT | what the release does |
|---|---|
| errors | answers 30 % of its requests with 500 |
| latency | takes 400 ms longer for every request |
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

PLANTED_HEADER = "X-Shop-Fault"
ERROR_SHARE = 0.3
EXTRA_SECONDS = 0.4

Answer = Callable[[HttpRequest], HttpResponse]


def errors(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        if random.random() >= ERROR_SHARE:
            return get_response(request)
        response = server_error(request)
        response[PLANTED_HEADER] = "errors"
        return response

    return answer


def latency(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        time.sleep(EXTRA_SECONDS)
        response = get_response(request)
        response[PLANTED_HEADER] = "latency"
        return response

    return answer


FAULTS = {"errors": errors, "latency": latency}


def fault_middleware(get_response: Answer) -> Answer:
    """Plant the fault that SHOP_FAULT names; without one this middleware is not there."""
    chosen = settings.SHOP_FAULT
    if not chosen:
        raise MiddlewareNotUsed
    if chosen not in FAULTS:
        raise ImproperlyConfigured(f"SHOP_FAULT is one of {', '.join(FAULTS)}, not {chosen!r}.")
    return FAULTS[chosen](get_response)
