"""The table of the API: every URL with its method, scope, view, and what it takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zdt_core.access import token_required
from zdt_core.access.methods import by_method
from zdt_deploy.comparison import api as comparison
from zdt_deploy.deployments.api import scopes, views, wishes
from zdt_deploy.deployments.api.actions import ACTIONS, Action
from zdt_deploy.deployments.api.endpoint import ONE, Endpoint
from zdt_deploy.drills.api.endpoints import ENDPOINTS as DRILLS
from zdt_deploy.freezes import api as emergencies
from zdt_deploy.preflight.api.endpoints import ENDPOINTS as PREFLIGHT


def _acting(action: Action) -> Endpoint:
    return Endpoint(
        f"{action.word}Deployment",
        "POST",
        f"{ONE}{action.word}/",
        action.scope,
        action.meaning,
        views.doing(action),
        (200, "Deployment"),
        body=action.fields,
    )


def _answering(answer: emergencies.Answer) -> Endpoint:
    return Endpoint(
        answer.name,
        "POST",
        f"{ONE}{answer.path}",
        answer.scope,
        answer.meaning,
        emergencies.doing(answer),
        (200, "Deployment"),
        body=(answer.field,),
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "listDeployments",
        "GET",
        "deployments/",
        scopes.READ,
        "The deployments of the token's environment, newest first.",
        views.list_,
        (200, "Deployments"),
        query=views.LIST,
    ),
    Endpoint(
        "startDeployment",
        "POST",
        "deployments/",
        scopes.START,
        "Record a deployment of a release and send the first users to it.",
        views.start,
        (201, "Deployment"),
        body=wishes.FIELDS,
    ),
    Endpoint(
        "getDeployment",
        "GET",
        ONE,
        scopes.READ,
        "Where a deployment stands, why, and what it takes now.",
        views.status,
        (200, "Deployment"),
    ),
    Endpoint(
        "compareDeployment",
        "GET",
        f"{ONE}comparison/",
        scopes.READ,
        "What the two releases did side by side, and before against after.",
        comparison.compare,
        (200, "Comparison"),
        query=comparison.QUERY,
    ),
    Endpoint(
        "waitForDeployment",
        "GET",
        f"{ONE}wait/",
        scopes.READ,
        "Where a deployment stands once it is settled, or when the time is up: then ask again.",
        views.wait,
        (200, "Waited"),
        query=views.WAIT,
    ),
    Endpoint(
        "askGate",
        "GET",
        f"{ONE}gate/",
        scopes.READ,
        "Rolling: may the next processes be replaced? Ask before each batch; only open means yes.",
        views.gate,
        (200, "Gate"),
    ),
    *(_acting(action) for action in ACTIONS.values()),
    *PREFLIGHT,
    *(_answering(answer) for answer in emergencies.ANSWERS),
    *DRILLS,
)


def routes() -> dict[str, Callable[..., Any]]:
    """{path: view} of every path, guarded by the scope of each method."""
    found: dict[str, dict[str, Callable[..., Any]]] = {}
    for endpoint in ENDPOINTS:
        guarded = token_required(endpoint.scope)(endpoint.view)
        found.setdefault(endpoint.path, {})[endpoint.method] = guarded
    return {path: by_method(methods) for path, methods in found.items()}
