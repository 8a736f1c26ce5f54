"""One URL, a view for each method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse

from zdt_core.access import problems
from zdt_core.access.guard import open_door

View = Callable[..., Any]


def by_method(views: dict[str, View]) -> View:
    """The view that asks the one for the request's method; 405 with Allow for others.

    All of ``views`` are async or none is. HEAD is what GET is.
    """
    known = {**views, "HEAD": views["GET"]} if "GET" in views else dict(views)
    allowed = tuple(known)

    def refuse(request: HttpRequest) -> HttpResponse:
        return problems.wrong_method(str(request.method), allowed).response()

    async def dispatch_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        view = known.get(str(request.method))
        return await view(request, *args, **kwargs) if view else refuse(request)

    def dispatch(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        view = known.get(str(request.method))
        return view(request, *args, **kwargs) if view else refuse(request)

    is_async = all(iscoroutinefunction(view) for view in views.values())
    return open_door(dispatch_async if is_async else dispatch)
