"""Writing the trail: each entry in the transaction of the change that it tells of."""

from __future__ import annotations

import datetime
import socket
import uuid
from collections.abc import Mapping
from typing import Any

from zdt_audit.canon import canonical, plain
from zdt_audit.models import Entry
from zdt_core import database, identity
from zdt_core.conf import conf
from zdt_core.events import Actor

FORMAT = 1
"""The version of the canonical form, ``v`` in each entry."""

# The database writes its time into the text, so that one statement does and no host's clock counts.
_INSERT = """
INSERT INTO zdt_audit_entry (uuid, at, stream, kind, actor, refused, canon, event_id)
SELECT %s, moment.at, %s, %s, %s, %s,
       %s || to_char(moment.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || %s, %s
FROM (SELECT coalesce(%s::timestamptz, statement_timestamp()) AS at) AS moment
RETURNING id, at, canon
"""


def record(
    kind: str,
    *,
    stream: str,
    actor: Actor,
    facts: Mapping[str, Any] | None = None,
    refused: bool = False,
    service: str | None = None,
    environment: str | None = None,
    at: datetime.datetime | None = None,
    event_id: int | None = None,
) -> Entry:
    """Add an entry inside the open transaction on zdt's tables.

    ``kind`` is "noun.past_tense", ``stream`` what it is about as "type:id", ``facts`` any JSON
    values (and Decimals, floats, moments, which are kept as texts). ``at`` is the database's time
    if not given. Raises RuntimeError outside of a transaction, TypeError for what is no fact.
    """
    if not database.connection().in_atomic_block:
        raise RuntimeError("Record an entry inside `zdt_core.database.atomic()`, with its change.")
    name, mark = uuid.uuid4(), uuid.uuid4().hex
    document = {
        "v": FORMAT,
        "id": str(name),
        "at": mark,
        "kind": kind,
        "stream": stream,
        "actor": {"kind": actor.kind, "name": actor.name},
        "refused": refused,
        "service": service or conf.SERVICE,
        "environment": environment or conf.ENVIRONMENT,
        "origin": _origin(),
        "facts": facts or {},
    }
    before, _mark, after = canonical(plain(document)).partition(mark)
    who = str(actor)
    values: list[Any] = [name, stream, kind, who, refused, before, after, event_id, at]
    with database.connection().cursor() as cursor:
        cursor.execute(_INSERT, values)
        key, moment, canon = cursor.fetchone()
    return Entry(
        id=key, uuid=name, at=moment, stream=stream, kind=kind, actor=who, refused=refused,
        canon=canon, event_id=event_id,
    )  # fmt: skip


def _origin() -> dict[str, str]:
    """Where the entry was written."""
    return {
        "host": socket.gethostname(),
        "instance": identity.instance(),
        "release": conf.VERSION or "",
    }
