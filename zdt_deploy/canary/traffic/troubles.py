"""Why proxies do not follow the share, as their agents told the fleet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from zdt_core import fleet, messages
from zdt_core.fleet.standing import Standing
from zdt_deploy.canary.traffic.agent import FACT
from zdt_deploy.canary.traffic.cloud import standing


class Process(Protocol):
    """What `zdt_core.fleet.Member` has."""

    @property
    def instance(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...
    @property
    def standing(self) -> Standing: ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the agent ``instance`` on ``host`` told of its proxy: a refusal by its code."""

    instance: str
    host: str
    code: str
    params: dict[str, Any]

    @property
    def text(self) -> str:
        return messages.text(self.code, self.params)


def of(
    environment: str,
    service: str,
    routers: Iterable[fleet.Member] | None = None,
    *,
    region: str = "",
) -> list[Trouble]:
    """The troubles of ``service``'s proxies (in ``region``, where one is named); ``routers`` are
    those of the environment, where somebody has them already. Raises DatabaseError when PostgreSQL
    is away."""
    if routers is None:
        routers = fleet.members(environment=environment, service=service, role="router")
    balancers = standing.troubles(environment, service, region)
    return [
        *(Trouble(each.balancer, "", each.code, each.params) for each in balancers),
        *told(each for each in routers if _is_of(each, service, region)),
    ]


def _is_of(member: fleet.Member, service: str, region: str) -> bool:
    return member.service == service and region in ("", member.region)


def told(members: Iterable[Process]) -> list[Trouble]:
    """What ``members`` tell, save for those that are gone."""
    found = []
    for member in members:
        trouble = (member.facts.get(FACT) or {}).get("trouble")
        if trouble and member.standing is not Standing.GONE:
            found.append(Trouble(member.instance, member.host, trouble["code"], trouble["params"]))
    return found
