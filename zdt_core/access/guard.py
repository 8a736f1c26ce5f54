"""`token_required`: a view that only a token may use, whatever the site does to other views."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from zdt_core import database
from zdt_core.access import bearer, problems, refusals, usage
from zdt_core.access.models import Token
from zdt_core.access.problems import Problem
from zdt_core.exceptions import Refused
from zdt_core.observing.under_way import leave_out

View = Callable[..., Any]
logger = logging.getLogger("zdt.access")
_FORBIDDEN = ("token_of_other_environment", "token_too_narrow")


def token_required(scope: str) -> Callable[[View], View]:
    """Let the view see only requests with a good token for ``scope``, in this environment.

    The view, sync or async, finds ``request.zdt_token`` and ``request.zdt_actor``, and may raise
    `Problem`. No session, CSRF token or sign-in is asked for, and no transaction is opened around
    it. Answers 401 without a good token, 403 where it may not, 503 where PostgreSQL is away.
    """

    def decorate(view: View) -> View:
        guarded = _async(view, scope) if iscoroutinefunction(view) else _sync(view, scope)
        return open_door(guarded)

    return decorate


def open_door(view: View) -> View:
    """Take a view out of what a site asks of its pages: CSRF, sign-in, ATOMIC_REQUESTS."""
    opened: Any = login_not_required(csrf_exempt(view))
    opened._non_atomic_requests = set(connections)  # refusals are kept, and waiting holds nothing
    return opened


def _sync(view: View, scope: str) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        leave_out(request)
        try:
            with outages():
                _admit(request, scope)
                return problems.never_kept(view(request, *args, **kwargs))
        except Problem as problem:
            return problem.response()

    return guarded


def _async(view: View, scope: str) -> View:
    @wraps(view)
    async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        leave_out(request)
        try:
            with outages():
                await sync_to_async(_admit_and_let_go)(request, scope)
                return problems.never_kept(await view(request, *args, **kwargs))
        except Problem as problem:
            return problem.response()

    return guarded


@contextmanager
def outages() -> Iterator[None]:
    """Turn what PostgreSQL raises when it is away into a Problem."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        logger.warning("PostgreSQL did not answer: %s", error)
        raise problems.away("database_away") from error
    except ProgrammingError as error:
        if not database.lacks_tables(error):
            raise
        raise problems.away("tables_missing") from error


def _admit(request: Any, scope: str) -> None:
    token = _identify(request)
    try:
        bearer.check(token, scope)
    except Refused as refusal:
        refusals.of_known(token, refusal, request)
        raise _problem(refusal, scope) from refusal
    usage.note(token)
    request.zdt_token, request.zdt_actor = token, bearer.actor_of(token)


def _admit_and_let_go(request: HttpRequest, scope: str) -> None:
    with database.short_session():
        _admit(request, scope)


def _identify(request: HttpRequest) -> Token:
    try:
        given = bearer.presented(request)
    except Refused as refusal:
        raise _problem(refusal, "") from refusal
    token = bearer.find(given)
    if token is None:
        try:
            refusals.of_strangers(given, request)
        except DatabaseError as error:
            logger.warning("An unknown token could not be noted: %s", error)
        raise _problem(Refused("token_unknown"), "")
    return token


def _problem(refusal: Refused, scope: str) -> Problem:
    """401 or 403 with the challenge of RFC 6750."""
    if refusal.code == "token_missing":
        return Problem(401, refusal, headers={"WWW-Authenticate": 'Bearer realm="zdt"'})
    if refusal.code in _FORBIDDEN:
        challenge = f'Bearer realm="zdt", error="insufficient_scope", scope="{scope}"'
        return Problem(403, refusal, headers={"WWW-Authenticate": challenge})
    challenge = 'Bearer realm="zdt", error="invalid_token"'
    return Problem(401, refusal, headers={"WWW-Authenticate": challenge})
