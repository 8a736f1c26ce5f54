"""Whose token a request carries, and whether it is good: the facts, and their refusals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpRequest

from zdt_core import database
from zdt_core.access import secret
from zdt_core.access.models import Token
from zdt_core.access.secret import Secret
from zdt_core.conf import conf
from zdt_core.events import Actor
from zdt_core.exceptions import Refused

SCHEME = "bearer"
IDLE = timedelta(minutes=1)


def presented(request: HttpRequest) -> Secret:
    """The secret of the Authorization header. Raises Refused: "token_missing", "token_malformed".

    Nothing of a header that is not ours is shown: it may be somebody's password.
    """
    header = request.headers.get("Authorization", "")
    if not header.strip():
        raise Refused("token_missing")
    scheme, _, text = header.strip().partition(" ")
    found = secret.read(text.strip()) if scheme.lower() == SCHEME else None
    if found is None:
        raise Refused("token_malformed")
    return found


def find(given: Secret) -> Token | None:
    """The token of this secret, with ``expired`` and ``idle`` by the database's clock."""
    token: Token | None = _judged(Token.objects.filter(prefix=given.prefix)).first()
    return token if token is not None and given.matches(token.digest) else None


def check(token: Any, scope: str) -> None:
    """Raise Refused unless ``token``, as `find` gave it, is good for ``scope`` here."""
    name = str(token)
    if token.revoked_at is not None:
        raise Refused("token_revoked", token=name, at=_shown(token.revoked_at))
    if token.expired:
        raise Refused("token_expired", token=name, at=_shown(token.expires_at))
    if token.environment != conf.ENVIRONMENT:
        at = {"environment": token.environment, "here": conf.ENVIRONMENT}
        raise Refused("token_of_other_environment", token=name, **at)
    if scope not in token.scopes:
        held = ", ".join(token.scopes)
        raise Refused("token_too_narrow", token=name, scope=scope, scopes=held)


def actor_of(token: Token) -> Actor:
    """Who acts when this token is used."""
    return Actor("token", token.name)


def _judged(rows: Any) -> Any:
    expired, idle = Q(expires_at__lte=database.Now()), Q(last_used_at__lt=database.Now() - IDLE)
    return rows.annotate(
        expired=ExpressionWrapper(expired, output_field=BooleanField()),
        idle=ExpressionWrapper(idle | Q(last_used_at=None), output_field=BooleanField()),
    )


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
