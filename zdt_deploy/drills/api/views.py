"""The views of drills."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, JsonResponse

from zdt_core.access import bodies, fields, idempotency
from zdt_core.access.fields import Field
from zdt_core.access.idempotency import Reply
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.api.refusing import refused, unreadable
from zdt_deploy.deployments.api.views import get
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.drills import due, operations, shape
from zdt_deploy.drills.models import Drill

LIST = (
    Field("service", "Only of this service.", longest=40),
    Field("limit", "How many at most, up to 100; 20 by default.", ("integer",), default=20),
)
REASON = Field("reason", "Why, for the record.", longest=operations.LONGEST_REASON)
MOST_LISTED = 100
Act = Callable[[Deployment, Actor, str], Drill]


def list_(request: Any) -> HttpResponse:
    """The drills of the token's environment, newest first, and where the next ones are due."""
    with unreadable():
        asked = fields.read_query(LIST, request.GET)
    environment, service = request.zdt_token.environment, asked["service"]
    rows = Drill.objects.filter(environment=environment).select_related("deployment")
    if service:
        rows = rows.filter(service=service)
    now = clock.now()
    places = [each for each in due.places(now) if each.environment == environment]
    return JsonResponse(
        {
            "drills": [shape.drill(row, now) for row in rows[: min(asked["limit"], MOST_LISTED)]],
            "places": [shape.place(p, now) for p in places if service in (None, p.service)],
        }
    )


def start(deployment: Deployment, actor: Actor, reason: str) -> Drill:
    return operations.start(deployment.pk, actor=actor, reason=reason)


def call_off(deployment: Deployment, actor: Actor, reason: str) -> Drill:
    at = {"service": deployment.service, "environment": deployment.environment}
    row = operations.live(deployment=deployment.pk)
    if row is None:
        raise Refused("no_drill_announced", **at)
    return operations.call_off(row.pk, actor=actor, reason=reason)


def doing(act: Act) -> Callable[..., HttpResponse]:
    """The view of one of the two above; it gives the drill."""

    def view(request: Any, id: str) -> HttpResponse:
        body = bodies.read(request)
        with unreadable():
            said = fields.read((REASON,), body)
        deployment = get(request, id)

        def reply() -> Reply:
            with refused(deployment):
                row = act(deployment, request.zdt_actor, said["reason"] or "")
            return Reply(200, shape.drill(row))

        return idempotency.once(request, body, reply).response()

    return view
