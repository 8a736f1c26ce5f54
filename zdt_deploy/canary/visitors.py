"""Which id a request is routed by, and which it should be routed by from now on.

With ``ZDT_CANARY_ID = "cookie"`` the id is chosen once: the user's at login, else a random one. It
stays for as long as a split tells visitors apart, a login included. Afterwards the next response
whose view looked at the session anyway carries the user's id, so that nothing is loaded for it.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

from zdt_deploy.canary.cookies import Jar, Visitor, key_of
from zdt_deploy.canary.router import router


def by_user(request: HttpRequest) -> Visitor | None:
    """The signed-in user, else the session, else None. Loads both."""
    return _of_user(request, request.user)


async def by_user_async(request: HttpRequest) -> Visitor | None:
    """As `by_user`, in an async stack."""
    return _of_user(request, await request.auser())


def from_now_on(request: HttpRequest, visitor: Visitor | None, jar: Jar) -> Visitor:
    """Whose cookies the response should carry: ``visitor``, or the one to become."""
    user = _loaded_user(request)
    if visitor is None:
        return jar.issue(user)
    if user is None or user == visitor.key or router.keeps_ids():
        return visitor
    return jar.issue(user)


def _of_user(request: HttpRequest, user: Any) -> Visitor | None:
    if user.is_authenticated:
        return Visitor.of(key_of(user.pk))
    key = request.session.session_key
    return None if key is None else Visitor.of(key)


def _loaded_user(request: HttpRequest) -> str | None:
    """The signed-in user's id, if the view loaded the session; asking it would load it."""
    session = getattr(request, "session", None)
    loaded = None if session is None else session.__dict__.get("_session_cache")
    user = loaded.get(SESSION_KEY) if loaded else None
    return None if user is None else key_of(user)
