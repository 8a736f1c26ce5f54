"""What was tried with tokens and may not be stays on record, and cannot fill it."""

from __future__ import annotations

import logging
import time

from django.http import HttpRequest

from zdt_core import events
from zdt_core.access import bearer
from zdt_core.access.models import Token
from zdt_core.access.secret import Secret
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_core.jobs import leases

KIND = "token.used"
STRANGERS_EVERY_SECONDS = 60.0
_STRANGERS = "access.strangers"
_NOBODY = Actor("token", "unknown")
_next_look = 0.0
logger = logging.getLogger("zdt.access")


def of_known(token: Token, refusal: Refused, request: HttpRequest) -> None:
    """Write down what somebody with a token of ours may not do."""
    logger.warning("Token %s refused at %s: %s", token, request.path, refusal.code)
    events.refused(
        KIND,
        subject=("token", token.prefix),
        actor=bearer.actor_of(token),
        refusal=refusal,
        reason=f"{request.method} {request.path}"[:300],
        environment=token.environment,
    )


def of_strangers(given: Secret, request: HttpRequest) -> None:
    """Write down that somebody guesses: once a minute in the whole fleet, however often it is."""
    global _next_look
    logger.warning("Unknown token %s refused at %s", given.prefix, request.path)
    if time.monotonic() < _next_look:
        return
    _next_look = time.monotonic() + STRANGERS_EVERY_SECONDS
    if leases.take_turn(_STRANGERS, STRANGERS_EVERY_SECONDS) is None:
        return
    address = request.META.get("REMOTE_ADDR", "")
    refusal = Refused("token_unknown", prefix=given.prefix, address=address)
    events.refused(KIND, subject=("token", given.prefix), actor=_NOBODY, refusal=refusal)
