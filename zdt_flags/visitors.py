"""Whose id a flag's percentage and targets look at."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError

logger = logging.getLogger("zdt.flags")


def id_of(user: object, request: Any = None) -> str | None:
    """The id of ``user``: a text or number as it stands, a user object's primary key.

    Nobody, or somebody who is not signed in, has the id that the canary gave to ``request``
    (``request.zdt.key``), and without one no id (None). A lazy user is loaded; where that cannot
    be done the question is answered as for somebody who is not signed in, and logged.
    """
    if type(user) is str and user:
        return user
    try:
        found = _key(user)
    except (SynchronousOnlyOperation, DatabaseError) as error:
        logger.error(
            "A flag needs a user who could not be loaded here (%s). "
            "In an async view pass `await request.auser()`.", type(error).__name__,
        )  # fmt: skip
        found = None
    return found or _visitor(request)


def _key(user: Any) -> str | None:
    if user is None or user == "" or getattr(user, "is_anonymous", False):
        return None
    key = getattr(user, "pk", user)
    return None if key is None else str(key)


def _visitor(request: Any) -> str | None:
    key = getattr(getattr(request, "zdt", None), "key", None)
    return key if isinstance(key, str) and key else None
