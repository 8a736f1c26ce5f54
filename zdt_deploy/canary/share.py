"""The published split: a row in PostgreSQL, and its copy in Redis.

The row is written in the transaction of the move that asks for it, with a new epoch; the copy
follows on commit. A share below 50 % is valid for a while only, by the database's clock: the
dead-man's switch. Whoever renews it must have seen; nothing revives a share that has lapsed.
"""

from __future__ import annotations

import json
import logging
import math
import time
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F

from zdt_core import database, fast_copy
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.terms import Terms

logger = logging.getLogger("zdt.share")
LONGEST_COPY_SECONDS = 86_400
"""A copy that nobody refreshes for a day is of a site that has moved on."""

# An older epoch never overwrites a newer one, however late it comes. KEYS: the copy. ARGV: the new
# value, its epoch, milliseconds of validity; none left removes what it would have replaced.
_PUT = """
local held = redis.call('GET', KEYS[1])
if held then
    local readable, old = pcall(cjson.decode, held)
    local newer = readable and type(old) == 'table' and tonumber(old.epoch)
    if newer and newer > tonumber(ARGV[2]) then return 0 end
end
if tonumber(ARGV[3]) > 0 then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
else
    redis.call('DEL', KEYS[1])
end
return 1
"""


def publish(environment: str, service: str, terms: Terms, deployment: str | None) -> TrafficShare:
    """Write ``terms`` in the open transaction, and copy them to Redis once it has committed.

    The epoch grows when something differs from what is published. Returns the row.
    """
    at = {"environment": environment, "service": service}
    first = TrafficShare(**at, stable_release=terms.stable, epoch=0)
    TrafficShare.objects.bulk_create([first], ignore_conflicts=True)
    row: TrafficShare = TrafficShare.objects.select_for_update().get(**at)
    if row.epoch == 0 or not _says(row, terms, deployment):
        TrafficShare.objects.filter(pk=row.pk).update(
            stable_release=terms.stable,
            canary_release=terms.canary,
            percentage=terms.percentage,
            epoch=F("epoch") + 1,
            valid_until=_until(terms.valid_seconds),
            deployment=deployment,
            changed_at=database.Now(),
        )
        row.refresh_from_db()
    _copy_on_commit(row)
    return row


def renew(environment: str, service: str, epoch: int, seconds: float) -> bool:
    """Make the share valid for another ``seconds`` from now; False where it lapsed or changed.

    A share that holds stays as it is, and only its copy is refreshed.
    """
    row = TrafficShare.objects.filter(environment=environment, service=service, epoch=epoch).first()
    if row is None:
        return False
    if row.valid_until is not None and not (
        TrafficShare.objects.filter(pk=row.pk, epoch=epoch, valid_until__gt=database.Now())
        .update(valid_until=_until(seconds))
    ):  # fmt: skip
        return False
    _copy_on_commit(row)
    return True


def read_truth(environment: str, service: str) -> Route | None:
    """The split as PostgreSQL has it; None where none was ever published."""
    found = _with_remaining().filter(environment=environment, service=service, epoch__gt=0).first()
    return None if found is None else _route(found)


def read_copy(environment: str, service: str) -> Route | None:
    """The split as Redis has it; None where it has none, or none that can be read.

    Raises fast_copy.Error when Redis is away.
    """
    ask = fast_copy.client().pipeline(transaction=True)
    name = key(environment, service)
    ask.get(name)
    ask.pttl(name)
    held, milliseconds = ask.execute()
    return None if held is None or milliseconds <= 0 else _parse(held, milliseconds / 1000)


def copy(row: TrafficShare) -> None:
    """Write what PostgreSQL says now about ``row``'s service to Redis.

    Raises fast_copy.Error when Redis is away.
    """
    asked = time.monotonic()
    fresh = _with_remaining().filter(pk=row.pk, epoch__gt=0).first()
    if fresh is None:
        return
    route = _route(fresh)
    value = {
        "stable": route.stable, "canary": route.canary, "percentage": f"{route.percentage:f}",
        "epoch": route.epoch, "deployment": route.deployment, "hold": route.valid_for is None,
    }  # fmt: skip
    left = LONGEST_COPY_SECONDS if route.valid_for is None else route.valid_for
    left = min(left, LONGEST_COPY_SECONDS) - (time.monotonic() - asked)
    name = key(fresh.environment, fresh.service)
    fast_copy.client().eval(
        _PUT, 1, name, json.dumps(value, sort_keys=True), route.epoch, math.floor(left * 1000)
    )


def copy_all() -> None:
    """Heal the copies: Redis may have been restarted empty. Raises fast_copy.Error."""
    for row in TrafficShare.objects.filter(epoch__gt=0):
        copy(row)


def key(environment: str, service: str) -> str:
    """Where the copy lies in Redis."""
    return f"zdt:t:{environment}:{service}"


def has_lapsed(row: TrafficShare) -> bool:
    """True when routers have gone to 0 % by themselves; by the database's clock."""
    return bool(TrafficShare.objects.filter(pk=row.pk, valid_until__lte=database.Now()).exists())


def _says(row: TrafficShare, terms: Terms, deployment: str | None) -> bool:
    published = (row.stable_release, row.canary_release, row.percentage, row.deployment_id)
    holds = row.valid_until is None
    wanted = (terms.stable, terms.canary, terms.percentage, deployment)
    return published == wanted and holds == (terms.valid_seconds is None)


def _until(seconds: float | None) -> Any:
    return None if seconds is None else database.Now() + timedelta(seconds=seconds)


def _copy_on_commit(row: TrafficShare) -> None:
    database.on_commit(lambda: _copy_or_leave_it(row))


def _copy_or_leave_it(row: TrafficShare) -> None:
    try:
        copy(row)
    except fast_copy.Error as error:
        logger.warning("The traffic share of %s is not in Redis (%s); routers ask PostgreSQL "
                       "until the ticker heals it.", row.service, error)  # fmt: skip


def _with_remaining() -> Any:
    left = ExpressionWrapper(F("valid_until") - database.Now(), output_field=DurationField())
    return TrafficShare.objects.annotate(left=left)


def _route(row: Any) -> Route:
    return Route.of(
        stable=row.stable_release,
        canary=row.canary_release,
        percentage=row.percentage,
        epoch=row.epoch,
        deployment=row.deployment_id,
        valid_for=None if row.left is None else max(0.0, row.left.total_seconds()),
    )


def _parse(held: bytes, seconds: float) -> Route | None:
    try:
        value = json.loads(held)
        return Route.of(
            stable=value["stable"],
            canary=value["canary"],
            percentage=Decimal(value["percentage"]),
            epoch=value["epoch"],
            deployment=value["deployment"],
            valid_for=None if value["hold"] is True else seconds,
        )
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        logger.warning("The copy of the traffic share cannot be read: %r", error)
        return None
