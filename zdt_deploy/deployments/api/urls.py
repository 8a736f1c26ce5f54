"""The URLs of the API, from its table; a slash at the end may be left out."""

import re

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import re_path, reverse

from zdt_core.access.guard import open_door
from zdt_core.access.methods import by_method
from zdt_core.access.problems import Problem
from zdt_deploy.deployments.api import openapi
from zdt_deploy.deployments.api.endpoint import ONE
from zdt_deploy.deployments.api.endpoints import routes

_NAMES = {"deployments/": "deployments", ONE: "deployment", f"{ONE}wait/": "deployment-wait"}


def _pattern(path: str) -> str:
    return "^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path.removesuffix("/")) + "/?$"


def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document; it holds no secret, so it asks for no token."""
    root = reverse("zdt:openapi").removesuffix("openapi.json")
    return JsonResponse(openapi.document(root))


@open_door
def unknown(request: HttpRequest) -> HttpResponse:
    """Programs read JSON, not the site's page for what it does not know."""
    known = reverse("zdt:openapi")
    return Problem.of(404, "no_such_path", path=request.path[:200], known=known).response()


urlpatterns = [
    *(re_path(_pattern(path), view, name=_NAMES.get(path)) for path, view in routes().items()),
    re_path(r"^openapi\.json$", by_method({"GET": document}), name="openapi"),
    re_path(r"^", unknown, name="unknown"),
]
