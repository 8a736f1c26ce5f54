"""The rows of the API's table that are about checklists."""

from __future__ import annotations

from zdt_core.access.fields import Field
from zdt_deploy.deployments.api.endpoint import ONE, Endpoint
from zdt_deploy.deployments.api.scopes import READ
from zdt_deploy.preflight import marking
from zdt_deploy.preflight.api import scopes, views

_LIST = f"{ONE}preflight/"
_ITEM = Field("item", "The name of the item.", required=True, longest=40)
_NOTE = Field("reason", "Why, for the record.", longest=500)
_WHY = Field("reason", "Why it may be left out, for the record.", required=True, longest=500)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "planPreflight",
        "GET",
        "preflight/",
        READ,
        "The checklist of a release that is only planned.",
        views.planned_release,
        (200, "Checklist"),
        query=views.PLANNED,
    ),
    Endpoint(
        "getPreflight",
        "GET",
        _LIST,
        READ,
        "The checklist of a deployment.",
        views.checklist,
        (200, "Checklist"),
    ),
    Endpoint(
        "tickPreflight",
        "POST",
        f"{_LIST}tick/",
        scopes.TICK,
        "Say that somebody has looked at an item, and that all is well.",
        views.doing(marking.tick, (_ITEM, _NOTE)),
        (200, "Checklist"),
        body=(_ITEM, _NOTE),
    ),
    Endpoint(
        "waivePreflight",
        "POST",
        f"{_LIST}waive/",
        scopes.WAIVE,
        "Go without an item, for a reason.",
        views.doing(marking.waive, (_ITEM, _WHY)),
        (200, "Checklist"),
        body=(_ITEM, _WHY),
    ),
    Endpoint(
        "withdrawPreflight",
        "POST",
        f"{_LIST}withdraw/",
        scopes.TICK,
        "Take back what an item was ticked or waived with.",
        views.doing(marking.withdraw, (_ITEM, _NOTE)),
        (200, "Checklist"),
        body=(_ITEM, _NOTE),
    ),
)
