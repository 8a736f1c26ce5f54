"""Making and revoking tokens, each in one transaction with its event."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError
from django.db.models import Q

from zdt_core import database, events
from zdt_core.access import lifetime, scopes, secret
from zdt_core.access.conf import conf
from zdt_core.access.models import Token
from zdt_core.access.secret import Secret
from zdt_core.conf import conf as core
from zdt_core.events import Actor
from zdt_core.exceptions import Refused

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def create(
    name: str,
    *,
    wanted: Iterable[str],
    actor: Actor,
    environment: str | None = None,
    span: timedelta | None = None,
    reason: str = "",
) -> tuple[Token, Secret]:
    """A new token with the ``wanted`` scopes, and its secret, which nobody can read again.

    It is good for ``span`` (ZDT_TOKEN_DAYS otherwise) in ``environment`` (this one otherwise).
    Raises Refused with nothing changed.
    """
    environment = environment or core.ENVIRONMENT
    _check_names(name, environment)
    names = scopes.check(wanted)
    span = lifetime.check(span or timedelta(days=conf.TOKEN_DAYS))
    made = secret.mint()
    with database.atomic():
        _bury_expired(name, environment, actor)
        token = _insert(
            name=name, environment=environment, scopes=names, prefix=made.prefix,
            digest=made.digest, created_by=str(actor)[:220], expires_at=database.Now() + span,
        )  # fmt: skip
        _record("token.created", token, actor, after=_facts(token), reason=reason)
    return token, made


def revoke(token_id: int, *, actor: Actor, reason: str) -> Token:
    """End a token now. Raises Refused with nothing changed: it takes a reason."""
    with database.atomic():
        token: Token | None = Token.objects.select_for_update().filter(pk=token_id).first()
        if token is None:
            raise Refused("no_such_token", id=str(token_id))
        if token.revoked_at is not None:
            at = token.revoked_at.isoformat(timespec="seconds")
            raise Refused("token_revoked_already", token=str(token), at=at)
        if not reason.strip():
            raise Refused("token_revoke_reason_missing")
        return _end(token, actor, reason=reason)


def find(name: str) -> Token:
    """The token of this prefix, id or name; of a name that several have had, the one that is good.

    Raises Refused("no_such_token").
    """
    asked = Q(prefix=name) | Q(name=name)
    if name.isascii() and name.isdecimal() and len(name) < 10:
        asked |= Q(pk=int(name))
    found: Token | None = Token.objects.filter(asked).order_by("revoked_at", "-pk").last()
    live: Token | None = Token.objects.filter(asked, revoked_at=None).order_by("-pk").first()
    if live is None and found is None:
        raise Refused("no_such_token", id=name[:80])
    return live or found  # type: ignore[return-value]


def _check_names(name: str, environment: str) -> None:
    if not _NAME.fullmatch(name):
        raise Refused("token_name_malformed", name=name[:80])
    if not _LABEL.fullmatch(environment):
        raise Refused("environment_malformed", name=environment[:80])


def _bury_expired(name: str, environment: str, actor: Actor) -> None:
    """One that has expired does not keep its name from the next."""
    dead = Token.objects.select_for_update().filter(
        name=name, environment=environment, revoked_at=None, expires_at__lte=database.Now()
    )
    for token in dead:
        _end(token, actor, code="token_replaced")


def _insert(**values: object) -> Token:
    try:
        with database.atomic():
            token: Token = Token.objects.create(**values)
    except IntegrityError as error:
        name, environment = values["name"], values["environment"]
        raise Refused("token_name_taken", name=name, environment=environment) from error
    token.refresh_from_db()
    return token


def _end(token: Token, actor: Actor, *, reason: str = "", code: str = "") -> Token:
    before = _facts(token)
    Token.objects.filter(pk=token.pk).update(revoked_at=database.Now())
    token.refresh_from_db()
    _record(
        "token.revoked", token, actor, before=before, after=_facts(token), reason=reason, code=code
    )
    return token


def _record(kind: str, token: Token, actor: Actor, **said: object) -> None:
    events.record(
        kind,
        subject=("token", token.prefix),
        actor=actor,
        environment=token.environment,
        **said,  # type: ignore[arg-type]
    )


def _facts(token: Token) -> dict[str, object]:
    return {
        "name": token.name,
        "environment": token.environment,
        "scopes": token.scopes,
        "expires_at": token.expires_at.isoformat(),
        "revoked_at": token.revoked_at and token.revoked_at.isoformat(),
    }
