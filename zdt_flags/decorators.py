"""Views that exist only while a flag is on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import Http404, HttpRequest

from zdt_flags import answers

View = Callable[..., Any]


def flag_required(name: str, *, otherwise: View | None = None) -> Callable[[View], View]:
    """The view answers only users for whom ``name`` is on; others get the view ``otherwise``.

    Without ``otherwise`` they get a 404. Both views are sync, or both are async. The user is
    loaded only if the flag's answer depends on who asks.
    """

    def decorate(view: View) -> View:
        instead = otherwise or _not_found

        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            on = answers.is_enabled(name, getattr(request, "user", None))
            return (view if on else instead)(request, *args, **kwargs)

        @wraps(view)
        async def asked_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            on = answers.is_enabled(name, await _user(request, name))
            answer = (view if on else instead)(request, *args, **kwargs)
            return await answer

        return asked_async if iscoroutinefunction(view) else asked

    return decorate


async def _user(request: Any, name: str) -> object:
    if answers.needs_user(name) and hasattr(request, "auser"):
        return await request.auser()
    return None


def _not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
    raise Http404
