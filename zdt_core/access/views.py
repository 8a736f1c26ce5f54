"""The page at the root of the doors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from zdt_core.access import doors, problems
from zdt_core.access.guard import open_door


@open_door
def root(request: HttpRequest) -> HttpResponse:
    """Which doors there are, for somebody who looks whether they are mounted."""
    if request.method not in ("GET", "HEAD"):
        return problems.wrong_method(str(request.method), ("GET", "HEAD")).response()
    return JsonResponse({"doors": [request.path + prefix for prefix in sorted(doors.registered())]})
