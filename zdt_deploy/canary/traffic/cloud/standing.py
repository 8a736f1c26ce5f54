"""How far each balancer is, as the fleet's processes are: a router that has to say that it obeys.

Only a fresh confirmation counts. Where nobody has asked the balancer lately, or ZDT_TRAFFIC cannot
be read, it counts as one that is behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q

from zdt_core import database
from zdt_core.conf import conf as core
from zdt_core.exceptions import ConfigurationError
from zdt_core.fleet.standing import Standing
from zdt_deploy.canary.models import BalancerState
from zdt_deploy.canary.traffic.cloud.choice import balancers
from zdt_deploy.canary.traffic.cloud.messages import NEED_A_PERSON
from zdt_deploy.conf import conf

SETTING = "ZDT_TRAFFIC"
STALE_LOOKS = 8
"""After how many looks' time without one a confirmation counts no more."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a balancer has not confirmed: a code with params."""

    balancer: str
    code: str
    params: dict[str, Any]

    @property
    def needs_a_person(self) -> bool:
        return self.code in NEED_A_PERSON

    def facts(self) -> dict[str, Any]:
        return {"balancer": self.balancer, "cause": self.code, "cause_params": self.params}


@dataclass(frozen=True, slots=True)
class Standpoint:
    """One balancer among the processes that route, see `followers.Process`."""

    instance: str
    acknowledged: Mapping[str, int]
    trouble: Trouble | None = None
    role: str = "router"
    standing: Standing = field(default=Standing.LIVE)
    facts: Mapping[str, Any] = field(default_factory=dict)


def of(environment: str, service: str, region: str = "") -> list[Standpoint]:
    """The balancers of ``service`` (that serve ``region``, where one is named): those of this
    process's settings, and in an environment that is not its own those that others look after."""
    here = environment == core.ENVIRONMENT
    try:
        names = [each.alias for each in balancers(service, region)] if here else []
    except ConfigurationError as error:
        trouble = Trouble(SETTING, "balancer_unreadable", {"reason": str(error)})
        return [Standpoint(SETTING, {f"share:{service}": -1}, trouble)]
    if here and not names:
        return []
    rows = BalancerState.objects.filter(environment=environment, service=service)
    found: dict[str, Any] = {row.alias: row for row in rows.annotate(fresh=_fresh())}
    return [_standpoint(service, name, found.get(name)) for name in (names if here else found)]


def troubles(environment: str, service: str, region: str = "") -> list[Trouble]:
    """Why balancers do not do what they should; what needs a person comes first."""
    found = [each.trouble for each in of(environment, service, region) if each.trouble]
    return sorted(found, key=lambda each: not each.needs_a_person)


def need_a_person(environment: str, service: str, region: str = "") -> bool:
    """True where waiting does not help."""
    return any(each.needs_a_person for each in troubles(environment, service, region))


def _standpoint(service: str, name: str, row: Any) -> Standpoint:
    if row is None or not row.fresh:
        unasked = Trouble(name, "balancer_unasked", {"balancer": name})
        return Standpoint(name, {f"share:{service}": -1}, unasked)
    problem = Trouble(name, row.code, row.params) if row.code else None
    return Standpoint(name, {f"share:{service}": -1 if problem else row.epoch}, problem)


def _fresh() -> ExpressionWrapper:
    oldest = database.Now() - timedelta(seconds=STALE_LOOKS * conf.TRAFFIC_LOOK_SECONDS)
    return ExpressionWrapper(Q(looked_at__gte=oldest), output_field=BooleanField())
