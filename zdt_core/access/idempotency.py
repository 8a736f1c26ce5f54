"""The same request twice is done once: `Idempotency-Key`.

The row of a key is inserted in the transaction that does what is asked, and commits with it. Who
comes with the same key meanwhile waits for that transaction at the unique index, for
`PATIENCE_MS`; after a crash there is no row, and the next one does it. What was refused changed
nothing, so its key stays free: a pipeline may try again once the obstacle is gone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from psycopg import errors

from zdt_core import database
from zdt_core.access import refusals
from zdt_core.access.models import Answer
from zdt_core.access.problems import RETRY_SECONDS, Problem
from zdt_core.exceptions import Refused

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
PATIENCE_MS = 5000
_VISIBLE = re.compile(r"[\x21-\x7e]{1,200}")
_CLAIM = """
    INSERT INTO zdt_core_answer (token_id, key, fingerprint, status, headers, body)
    VALUES (%s, %s, %s, 0, '{}', '{}') ON CONFLICT (token_id, key) DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered with."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> HttpResponse:
        made = JsonResponse(self.body, status=self.status)
        for name, value in self.headers.items():
            made[name] = value
        return made


def once(request: HttpRequest, body: Any, act: Callable[[], Reply]) -> Reply:
    """The reply of ``act``, done once for the key of ``request``; without a key simply done.

    ``act`` raises Problem where it is refused. Raises Problem: 400 "key_malformed", 409
    "key_reused" (with an event) and "key_in_progress".
    """
    key = _key(request)
    if key is None:
        return act()
    mark = _fingerprint(request, body)
    refused: Problem | None = None
    with database.atomic():
        claimed = _claim(request, key, mark)
        if claimed is not None:
            try:
                return _keep(claimed, act())
            except Problem as problem:  # it has been noted in this transaction, so commit that
                Answer.objects.filter(pk=claimed).delete()
                refused = problem
    if refused is not None:
        raise refused
    return _kept(request, key, mark)


def _key(request: HttpRequest) -> str | None:
    given = request.headers.get(HEADER)
    if given is None:
        return None
    key = given.strip()
    if len(key) > 2 and key[0] == key[-1] == '"':  # as a string of RFC 9651
        key = key[1:-1]
    if not _VISIBLE.fullmatch(key):
        raise Problem.of(400, "key_malformed")
    return key


def _fingerprint(request: HttpRequest, body: Any) -> str:
    asked = json.dumps([request.method, request.path, body], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _claim(request: Any, key: str, mark: str) -> int | None:
    """The id of the new row; None where there is one of this key."""
    with database.connection().cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE_MS}ms"])
        try:
            cursor.execute(_CLAIM, [request.zdt_token.pk, key, mark])
        except OperationalError as error:
            if isinstance(error.__cause__, errors.LockNotAvailable):
                headers = {"Retry-After": RETRY_SECONDS}
                refusal = Refused("key_in_progress", key=key)
                raise Problem(409, refusal, headers=headers) from error
            raise
        row = cursor.fetchone()
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    return None if row is None else int(row[0])


def _keep(claimed: int, reply: Reply) -> Reply:
    body = json.loads(json.dumps(reply.body, cls=DjangoJSONEncoder))
    Answer.objects.filter(pk=claimed).update(status=reply.status, headers=reply.headers, body=body)
    return Reply(reply.status, body, reply.headers)


def _kept(request: Any, key: str, mark: str) -> Reply:
    token = request.zdt_token
    row: Answer | None = Answer.objects.filter(token=token, key=key).first()
    if row is None:  # forgotten in between
        raise Problem(409, Refused("key_in_progress", key=key), headers={"Retry-After": "1"})
    if row.fingerprint != mark:
        refusal = Refused("key_reused", key=key)
        refusals.of_known(token, refusal, request)
        raise Problem(409, refusal)
    return Reply(row.status, row.body, {**row.headers, REPLAYED: "true"})
