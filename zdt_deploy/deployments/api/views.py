"""The views of the API. Each stands in the table of `endpoints`, which says what it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from zdt_core import database
from zdt_core.access import bodies, fields, idempotency, refusals
from zdt_core.access.fields import Field
from zdt_core.access.idempotency import Reply
from zdt_core.access.problems import Problem
from zdt_core.drain import state as drain
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock, machine, outcomes
from zdt_deploy.deployments.api import shapes, wishes
from zdt_deploy.deployments.api.actions import Action
from zdt_deploy.deployments.api.refusing import refused, unreadable
from zdt_deploy.deployments.cli import gate as gate_shape
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import PERMISSIONS, Event, State
from zdt_deploy.freezes import emergencies
from zdt_deploy.freezes.people import Who

LOOK_SECONDS = 1.0
LONGEST_WAIT = 25
"""Seconds: below the 30 s after which gunicorn ends a worker, and proxies lose patience."""

LIST = (
    Field("service", "Only of this service.", longest=40),
    Field("state", "Only in this state.", choices=tuple(str(each) for each in State)),
    Field("limit", "How many at most, up to 100; 20 by default.", ("integer",), default=20),
    Field("before", "Only those before this deployment: the last one of the page before."),
)
WAIT = (
    Field(
        "until",
        "baking: everyone is on the release (default); completed: the way back is closed.",
        choices=tuple(outcomes.REACHED),
        default="baking",
    ),
    Field(
        "timeout",
        f"Seconds to wait at most, up to {LONGEST_WAIT}; 20 by default. Then ask again.",
        ("integer",),
        default=20,
    ),
)
MOST_LISTED = 100


def start(request: Any) -> HttpResponse:
    """Record a deployment of a release and send the first users to it."""
    body = bodies.read(request)
    with unreadable():
        said = fields.read(wishes.FIELDS, body)
    environment = _environment(request, said["environment"])
    wanted = wishes.read(said)
    begin = _beginning(request, said["emergency"])

    def act() -> Reply:
        with refused():
            found = begin(**wanted, environment=environment)
        place = reverse("zdt:deployment", args=(found.pk,))
        return Reply(201, shapes.full(found), {"Location": place})

    return idempotency.once(request, body, act).response()


def _beginning(request: Any, emergency: bool) -> Callable[..., Deployment]:
    if not emergency:
        return partial(machine.start, actor=request.zdt_actor)
    with refused():
        maker, needed = request.zdt_token.created_by, PERMISSIONS[Event.START]
        who = Who.of_token(request.zdt_actor, maker, needed)
    return partial(emergencies.start, who)


def list_(request: Any) -> HttpResponse:
    """The deployments of the token's environment, newest first."""
    with unreadable():
        asked = fields.read_query(LIST, request.GET)
    rows = Deployment.objects.filter(environment=request.zdt_token.environment)
    rows = rows.order_by("-created_at", "-id")
    rows = rows.filter(**{k: asked[k] for k in ("service", "state") if asked[k]})
    if asked["before"]:
        last = get(request, asked["before"])
        rows = rows.filter(
            Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, id__lt=last.pk)
        )
    found = list(rows[: min(asked["limit"], MOST_LISTED)])
    now = clock.now()
    return JsonResponse({"deployments": [shapes.brief(row, now) for row in found]})


def status(request: Any, id: str) -> HttpResponse:
    """Where a deployment stands, why, and what it takes now."""
    return JsonResponse(shapes.full(get(request, id)))


def gate(request: Any, id: str) -> HttpResponse:
    """Rolling: may the next processes be replaced?"""
    return JsonResponse(gate_shape.as_json(get(request, id)))


async def wait(request: Any, id: str) -> HttpResponse:
    """Where a deployment stands once it is settled, or when the time is up."""
    with unreadable():
        asked = fields.read_query(WAIT, request.GET)
    look = sync_to_async(_look)
    found = await follow(lambda: look(request, id, asked["until"]), asked["timeout"])
    return JsonResponse(found)


async def follow(
    look: Callable[[], Awaitable[dict[str, Any]]],
    timeout: float,
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> dict[str, Any]:
    """The first look that is settled, or the last one within ``timeout`` seconds.

    Ends at once where this process drains: whoever waits asks another one.
    """
    deadline = time.monotonic() + min(timeout, LONGEST_WAIT)
    while True:
        found = await look()
        left = deadline - time.monotonic()
        if found["settled"] or left <= 0 or drain.draining():
            return found
        await pause(min(LOOK_SECONDS, left))


def doing(action: Action) -> Callable[..., HttpResponse]:
    """The view of one of the `actions`."""

    def view(request: Any, id: str) -> HttpResponse:
        body = bodies.read(request)
        with unreadable():
            said = fields.read(action.fields, body)
        deployment = get(request, id)
        said["reason"] = said["reason"] or ""

        def act() -> Reply:
            with refused(deployment):
                moved = action.act(deployment.pk, actor=request.zdt_actor, **said)
            return Reply(200, shapes.full(moved))

        return idempotency.once(request, body, act).response()

    return view


def _look(request: Any, id: str, until: str) -> dict[str, Any]:
    """One look, with a connection that is given back."""
    with database.short_session():
        return shapes.waited(get(request, id), until)


def get(request: Any, id: str) -> Deployment:
    found: Deployment | None = None
    if fields.is_text(id):
        found = Deployment.objects.filter(pk=id[:100]).first()
    if found is None:
        raise Problem.of(404, "no_such_deployment", id=id[:80])
    _environment(request, found.environment)
    return found


def _environment(request: Any, asked: str | None) -> str:
    """The token's environment; another one that is asked for is none of its business."""
    token = request.zdt_token
    if asked in (None, token.environment):
        return str(token.environment)
    about = {"token": str(token), "environment": token.environment, "here": asked}
    refusal = Refused("token_of_other_environment", **about)
    refusals.of_known(token, refusal, request)
    raise Problem(403, refusal)
