"""What is being compared, for sources that have to name it when they ask."""

from __future__ import annotations

from dataclasses import dataclass

from zdt_core.conf import conf
from zdt_core.fleet.models import Process
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import WATCHED


def located(environment: str, service: str) -> dict[str, str]:
    """What a query may name; the region is that of the process that asks."""
    return {"environment": environment, "service": service, "region": conf.REGION}


@dataclass(frozen=True, slots=True)
class Compared:
    """The releases that are watched, and those that they are compared with."""

    new: frozenset[str]
    old: frozenset[str]

    @property
    def releases(self) -> list[str]:
        return sorted(self.new | self.old)


def compared(environment: str, service: str) -> Compared:
    """What is watched there at present; where nothing is, what is alive there."""
    pairs = list(
        Deployment.objects.filter(
            environment=environment, service=service, state__in=sorted(WATCHED)
        ).values_list("version", "previous_version")
    )
    if not pairs:
        return Compared(frozenset(), frozenset(_processes(environment, service, "release")))
    return Compared(
        frozenset(new for new, _old in pairs if new), frozenset(old for _new, old in pairs if old)
    )


def instances(environment: str, service: str, release: str, name: str) -> set[str]:
    """The fleet's processes of a release by ``name``, which is ``instance`` or ``host``."""
    return _processes(environment, service, name, release=release)


def _processes(environment: str, service: str, name: str, **narrower: str) -> set[str]:
    rows = Process.objects.filter(
        environment=environment, service=service, left_at=None, **narrower
    )
    return set(rows.values_list(name, flat=True))
