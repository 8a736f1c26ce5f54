"""The rows of the API's table that are about drills."""

from __future__ import annotations

from zdt_deploy.deployments.api.endpoint import ONE, Endpoint
from zdt_deploy.deployments.api.scopes import READ
from zdt_deploy.drills.api import scopes, views

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "listDrills",
        "GET",
        "drills/",
        READ,
        "The rollback drills of the token's environment, newest first, and where one is due.",
        views.list_,
        (200, "Drills"),
        query=views.LIST,
    ),
    Endpoint(
        "startDrill",
        "POST",
        f"{ONE}drill/",
        scopes.RUN,
        "Rehearse the rollback of a deployment that is under way: it goes back, and is timed.",
        views.doing(views.start),
        (200, "Drill"),
        body=(views.REASON,),
    ),
    Endpoint(
        "callOffDrill",
        "POST",
        f"{ONE}drill/call-off/",
        scopes.RUN,
        "Call off a drill of this deployment that is announced.",
        views.doing(views.call_off),
        (200, "Drill"),
        body=(views.REASON,),
    ),
)
