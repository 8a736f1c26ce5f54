"""The comparison of a deployment by HTTP."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse

from zdt_core.access import fields
from zdt_core.access.fields import Field
from zdt_deploy.comparison import pairs, shape
from zdt_deploy.deployments.api import views
from zdt_deploy.deployments.api.refusing import unreadable

QUERY = (Field("region", "Of one region; of all together by default.", longest=40),)


def compare(request: Any, id: str) -> HttpResponse:
    """What the two releases did, side by side, and before against after."""
    with unreadable():
        asked = fields.read_query(QUERY, request.GET)
    deployment = views.get(request, id)
    with unreadable("region"):
        region = pairs.known_region(deployment, asked["region"] or "")
    return JsonResponse(shape.as_json(deployment, region))
