"""The health endpoints. Each takes a request and answers from memory."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone

from zdt_core import drain
from zdt_core.conf import conf
from zdt_core.health import board, bodies, runner

Endpoint = Callable[[HttpRequest], HttpResponse]
RETRY_AFTER = "5"


def live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return _finished(request, HttpResponse("OK", content_type="text/plain"))


def startup(request: HttpRequest) -> HttpResponse:
    """200 once every check has run."""
    done = bodies.started(answer for answer, _critical in _answered().values())
    return _json(request, {"started": done}, done)


def ready(request: HttpRequest) -> HttpResponse:
    """200 while this process wants traffic: started, not draining, critical checks healthy."""
    answered = _answered()
    is_ready = bodies.all_critical_healthy(answered) and not drain.draining()
    return _json(request, bodies.ready(answered, is_ready=is_ready), is_ready)


def deep(request: HttpRequest) -> HttpResponse:
    """Every check with its latency."""
    answered = _answered()
    body = bodies.deep(answered, timezone.now().isoformat())
    return _json(request, body, bodies.all_critical_healthy(answered))


def drain_door(request: HttpRequest) -> HttpResponse:
    """GET tells, POST drains, DELETE serves again; all need ZDT_DRAIN_TOKEN as bearer token."""
    if conf.DRAIN_TOKEN is None:
        return _finished(request, HttpResponse(status=404))
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {conf.DRAIN_TOKEN}".encode()):
        return _finished(request, HttpResponse(status=403))
    if request.method == "POST":
        drain.start("asked by HTTP", actor=("token", "drain"))
    elif request.method == "DELETE":
        drain.cancel("asked by HTTP", actor=("token", "drain"))
    phase = drain.current()
    body = {"draining": drain.draining(), "phase": phase.name, "in_flight": drain.in_flight()}
    return _json(request, body, True)


METHODS: dict[Endpoint, tuple[str, ...]] = {drain_door: ("GET", "HEAD", "POST", "DELETE")}
_READS = ("GET", "HEAD")


def endpoints(prefix: str) -> dict[str, Endpoint]:
    """Every path, with and without a slash at the end, and who answers it."""
    paths: dict[str, Endpoint] = {
        prefix: deep,
        f"{prefix}/live": live,
        f"{prefix}/ready": ready,
        f"{prefix}/startup": startup,
        f"{prefix}/drain": drain_door,
    }
    return paths | {f"{path}/": endpoint for path, endpoint in paths.items()}


def answer(endpoint: Endpoint, request: HttpRequest) -> HttpResponse:
    """The endpoint's answer, or 405 for a method it does not know."""
    methods = METHODS.get(endpoint, _READS)
    if request.method not in methods:
        return _finished(request, HttpResponseNotAllowed(methods))
    if endpoint not in (live, drain_door):
        runner.refresh()
    return endpoint(request)


def _answered() -> bodies.Answered:
    return {check.name: (board.answer(check), check.critical) for check in runner.checks()}


def _json(request: HttpRequest, body: dict[str, Any], good: bool) -> HttpResponse:
    response = HttpResponse(
        json.dumps(body), content_type="application/json", status=200 if good else 503
    )
    if not good:
        response.headers["Retry-After"] = RETRY_AFTER
    return _finished(request, response)


def _finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Length"] = str(len(response.content))
    response._has_been_logged = True  # type: ignore[attr-defined]  # no error mail per probe
    if request.method == "HEAD":
        response.content = b""
    return response
