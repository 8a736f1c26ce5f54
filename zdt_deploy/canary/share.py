"""The published split: a row in PostgreSQL, and its copy in Redis.

The row is written in the transaction of the move that asks for it, with a new epoch; the copy
follows on commit. A share below 50 % is valid for a while only, by the database's clock: the
dead-man's switch. Whoever renews it must have seen; nothing revives a share that has lapsed.

Regions may have percentages of their own in it: one row, one epoch, and each router takes what
holds for its region.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F

from zdt_core import database, fast_copy, fleet
from zdt_core.conf import conf as core
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.terms import Terms, holds

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

    The epoch grows when something differs from what is published, beyond every one that a router
    has acknowledged: a database that was restored may lie behind those. Returns the row.
    """
    at = {"environment": environment, "service": service}
    first = TrafficShare(**at, stable_release=terms.stable, epoch=0)
    TrafficShare.objects.bulk_create([first], ignore_conflicts=True)
    row: TrafficShare = TrafficShare.objects.select_for_update().get(**at)
    if row.epoch == 0 or not _says(row, terms, deployment):
        known = max(row.epoch, fleet.newest(environment, f"share:{service}"))
        TrafficShare.objects.filter(pk=row.pk).update(
            stable_release=terms.stable,
            canary_release=terms.canary,
            percentage=terms.percentage,
            regions=_as_text(terms.regions),
            epoch=known + 1,
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


def read_truth(environment: str, service: str, region: str | None = None) -> Route | None:
    """The split of ``region`` (this process's) as PostgreSQL has it; None where none was ever
    published."""
    found = _with_remaining().filter(environment=environment, service=service, epoch__gt=0).first()
    return None if found is None else _route(found, core.REGION if region is None else region)


def differs_by_region(environment: str, service: str) -> bool:
    """Whether regions have percentages of their own now."""
    rows = TrafficShare.objects.filter(environment=environment, service=service)
    return bool(rows.exclude(regions={}).exists())


def read_copy(environment: str, service: str, region: str | None = None) -> Route | None:
    """The split of ``region`` (this process's) as Redis has it; None where it has none, or none
    that can be read.

    Raises fast_copy.Error when Redis is away.
    """
    ask = fast_copy.client().pipeline(transaction=True)
    name = key(environment, service)
    ask.get(name)
    ask.pttl(name)
    held, milliseconds = ask.execute()
    if held is None or milliseconds <= 0:
        return None
    return _parse(held, milliseconds / 1000, core.REGION if region is None else region)


def copy(row: TrafficShare) -> None:
    """Write what PostgreSQL says now about ``row``'s service to Redis.

    Raises fast_copy.Error when Redis is away.
    """
    asked = time.monotonic()
    fresh = _with_remaining().filter(pk=row.pk, epoch__gt=0).first()
    if fresh is None:
        return
    value = {
        "stable": fresh.stable_release, "canary": fresh.canary_release,
        "percentage": f"{fresh.percentage:f}", "regions": fresh.regions, "epoch": fresh.epoch,
        "deployment": fresh.deployment_id, "hold": fresh.left is None,
    }  # fmt: skip
    left = LONGEST_COPY_SECONDS if fresh.left is None else max(0.0, fresh.left.total_seconds())
    left = min(left, LONGEST_COPY_SECONDS) - (time.monotonic() - asked)
    name = key(fresh.environment, fresh.service)
    fast_copy.client().eval(
        _PUT, 1, name, json.dumps(value, sort_keys=True), fresh.epoch, math.floor(left * 1000)
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
    published = (row.stable_release, row.canary_release, row.shares(), row.deployment_id)
    holds = row.valid_until is None
    wanted = (terms.stable, terms.canary, {"": terms.percentage, **terms.regions}, deployment)
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


def _route(row: Any, region: str) -> Route:
    left = None if row.left is None else max(0.0, row.left.total_seconds())
    return _of(
        region, row.percentage, row.regions, left, stable=row.stable_release,
        canary=row.canary_release, epoch=row.epoch, deployment=row.deployment_id,
    )  # fmt: skip


def _parse(held: bytes, seconds: float, region: str) -> Route | None:
    try:
        value = json.loads(held)
        left = None if value["hold"] is True else seconds
        return _of(
            region, value["percentage"], value.get("regions", {}), left, stable=value["stable"],
            canary=value["canary"], epoch=value["epoch"], deployment=value["deployment"],
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
        logger.warning("The copy of the traffic share cannot be read: %r", error)
        return None


def _of(
    region: str,
    everywhere: Decimal | str,
    regions: Mapping[str, str],
    left: float | None,
    **facts: Any,
) -> Route:
    """What holds in ``region``; its own share lasts by the rule for everyone's."""
    if region not in regions:
        return Route.of(percentage=Decimal(everywhere), valid_for=left, **facts)
    percentage = Decimal(regions[region])
    return Route.of(percentage=percentage, valid_for=None if holds(percentage) else left, **facts)


def _as_text(shares: Mapping[str, Decimal]) -> dict[str, str]:
    return {region: f"{percentage:f}" for region, percentage in shares.items()}
