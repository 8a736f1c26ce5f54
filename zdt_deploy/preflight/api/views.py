"""The views of the checklist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, JsonResponse

from zdt_core.access import bodies, fields, idempotency
from zdt_core.access.fields import Field
from zdt_core.access.idempotency import Reply
from zdt_core.conf import conf
from zdt_deploy.deployments import catalogue
from zdt_deploy.deployments.api.refusing import refused, unreadable
from zdt_deploy.deployments.api.views import get
from zdt_deploy.preflight import planned, reading, shapes
from zdt_deploy.preflight.models import PreflightMark

PLANNED = (
    Field("version", "The release that is to come.", required=True, longest=40),
    Field("service", "The service; that of this site by default.", longest=40),
    Field("previous_version", "The stable release, if zdt can't tell.", longest=40),
    Field("plan", "The name of a plan; canary by default.", longest=40),
)


def planned_release(request: Any) -> HttpResponse:
    """The checklist of a release that is only planned."""
    with unreadable():
        asked = fields.read_query(PLANNED, request.GET)
    with unreadable("plan"):
        plan = catalogue.find(asked["plan"] or "canary")
    with unreadable("version"):
        deployment = planned.release(
            asked["version"],
            service=asked["service"] or conf.SERVICE,
            environment=request.zdt_token.environment,
            plan=plan,
            previous=asked["previous_version"],
        )
    return JsonResponse(shapes.full(reading.read(deployment)))


def checklist(request: Any, id: str) -> HttpResponse:
    """The checklist of a deployment."""
    return JsonResponse(shapes.full(reading.read(get(request, id))))


def doing(
    act: Callable[..., PreflightMark], taken: tuple[Field, ...]
) -> Callable[..., HttpResponse]:
    """The view that does ``act`` to one item."""

    def view(request: Any, id: str) -> HttpResponse:
        body = bodies.read(request)
        with unreadable():
            said = fields.read(taken, body)
        deployment = get(request, id)

        def do() -> Reply:
            facts = {"actor": request.zdt_actor, "reason": said["reason"] or ""}
            with refused(deployment):
                act(deployment.pk, said["item"], **facts)
            return Reply(200, shapes.full(reading.read(deployment)))

        return idempotency.once(request, body, do).response()

    return view
