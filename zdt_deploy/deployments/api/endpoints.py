"""The table of the API: every URL with its method, scope, view, and what it takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zdt_core.access import token_required
from zdt_core.access.fields import Field
from zdt_core.access.methods import by_method
from zdt_deploy.comparison import api as comparison
from zdt_deploy.deployments.api import scopes, views, wishes
from zdt_deploy.deployments.api.actions import ACTIONS, Action

ONE = "deployments/{id}/"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``gives`` is the status of success and the name of the schema of its body."""

    name: str
    method: str
    path: str
    scope: str
    meaning: str
    view: Callable[..., Any]
    gives: tuple[int, str]
    query: tuple[Field, ...] = ()
    body: tuple[Field, ...] = ()

    @property
    def problems(self) -> tuple[int, ...]:
        """The statuses of its refusals."""
        found = {401, 403, 422, 503} if self.query or self.body else {401, 403, 503}
        if "{" in self.path or self.query:
            found.add(404)
        if self.method == "POST":
            found |= {400, 409, 413, 415}
        return tuple(sorted(found))


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
    *(_acting(action) for action in ACTIONS.values()),
)


def routes() -> dict[str, Callable[..., Any]]:
    """{path: view} of every path, guarded by the scope of each method."""
    found: dict[str, dict[str, Callable[..., Any]]] = {}
    for endpoint in ENDPOINTS:
        guarded = token_required(endpoint.scope)(endpoint.view)
        found.setdefault(endpoint.path, {})[endpoint.method] = guarded
    return {path: by_method(methods) for path, methods in found.items()}
