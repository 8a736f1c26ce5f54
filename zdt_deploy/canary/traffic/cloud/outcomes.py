"""Writes down how a look at a balancer went, and what people should hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from zdt_core import database, events
from zdt_core.conf import conf as core
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.canary.models import BalancerState
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.cloud.choice import Balancer
from zdt_deploy.canary.traffic.cloud.messages import NEED_A_PERSON

ACTOR = Actor.system("balancer")
APPLIED, SHUT, FAILED = "traffic.applied", "traffic.shut", "traffic.not_applied"
PATIENCE = timedelta(seconds=15)
"""How long a trouble that may pass by itself is kept to ourselves."""


@dataclass(frozen=True, slots=True)
class Brought:
    """How a look went: ``trouble`` says why the balancer does not do what it should, ``moved`` that
    it did something else before."""

    trouble: Refused | None = None
    moved: bool = False


def write(balancer: Balancer, route: Route, brought: Brought, *, lapsed: bool) -> None:
    """Note it in the open transaction: ``route`` was set, or nobody where it had ``lapsed``."""
    row = _lock(balancer)
    if route.epoch < row.epoch:
        return  # somebody has confirmed a newer share meanwhile
    if brought.trouble is None:
        _confirm(row, route, lapsed, brought.moved)
    else:
        _fail(row, brought.trouble)


def forget(key: str) -> None:
    """The balancer whose `Balancer.key` is ``key`` is configured no more."""
    environment, service, alias = key.split("/", 2)
    at = {"environment": environment, "service": service, "alias": alias}
    BalancerState.objects.filter(**at).delete()


def _confirm(row: BalancerState, route: Route, lapsed: bool, moved: bool) -> None:
    is_new = (row.epoch, row.shut) != (route.epoch, lapsed)
    was_well, told = not (is_new or row.code), row.told
    mended_before = was_well and bool(row.params)
    mended = mended_before or (was_well and moved)
    percentage = "0" if lapsed else f"{route.percentage.normalize():f}"
    _save(
        row, epoch=route.epoch, shut=lapsed, percentage=percentage, canary=route.canary,
        stable=route.stable, code="", params={"mended": True} if mended else {},
        failing_since=None, told=False,
    )  # fmt: skip
    params: dict[str, Any] = {
        "percentage": percentage, "canary": route.canary, "stable": route.stable,
        "epoch": route.epoch,
    }  # fmt: skip
    if is_new or told:
        kind, code = (SHUT, "balancer_shut") if lapsed else (APPLIED, "balancer_applied")
        _record(row, kind, code, params)
    elif mended and not mended_before:  # once for each share
        _record(row, APPLIED, "balancer_mended", params)


def _fail(row: BalancerState, trouble: Refused) -> None:
    since = row.failing_since
    _save(
        row, code=trouble.code, params=trouble.params, failing_since=since or database.Now()
    )  # fmt: skip
    lasts = since is not None and row.looked_at - since >= PATIENCE
    if row.told or not (lasts or trouble.code in NEED_A_PERSON):
        return
    _save(row, told=True)
    _record(row, FAILED, trouble.code, trouble.params)


def _lock(balancer: Balancer) -> BalancerState:
    at = {"environment": core.ENVIRONMENT, "service": balancer.service, "alias": balancer.alias}
    BalancerState.objects.bulk_create([BalancerState(**at)], ignore_conflicts=True)
    found: BalancerState = BalancerState.objects.select_for_update().get(**at)
    return found


def _save(row: BalancerState, **values: Any) -> None:
    BalancerState.objects.filter(pk=row.pk).update(**values, looked_at=database.Now())
    row.refresh_from_db()


def _record(row: BalancerState, kind: str, code: str, params: dict[str, Any]) -> None:
    events.record(
        kind,
        subject=("balancer", row.alias),
        actor=ACTOR,
        after={"epoch": row.epoch, "percentage": row.percentage, "shut": row.shut},
        code=code,
        params=params,
        service=row.service,
        environment=row.environment,
    )
