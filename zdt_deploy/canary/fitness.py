"""Do the routers fit the deployment? Conditions of its start, and of the next region.

A proxy that has no servers of the new release would refuse its share, one that sends users to
servers by their release would starve a fleet of which an orchestrator replaces them, and a balancer
that names no region could not know which share is its own. Better now than with users on the way.
"""

from __future__ import annotations

from collections.abc import Iterable

from zdt_core import fleet, gates
from zdt_core.conf import conf as core
from zdt_core.exceptions import ConfigurationError
from zdt_core.gates import Finding
from zdt_deploy.canary.followers import ROUTER
from zdt_deploy.canary.traffic.agent import FACT
from zdt_deploy.canary.traffic.cloud import choice, standing
from zdt_deploy.canary.traffic.cloud.choice import Balancer
from zdt_deploy.deployments import guards, progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import Strategy


@gates.condition("deployment.start", "nothing_splits")
def nothing_splits(deployment: Deployment) -> Finding:
    """No proxy or balancer sends users to servers by their release while those are replaced."""
    if deployment.strategy != Strategy.ROLLING:
        return gates.open_()
    names = [_name(router) for router in _routers(deployment)]
    names += [each.instance for each in standing.of(deployment.environment, deployment.service)]
    if not names:
        return gates.open_()
    return gates.closed("rolling_behind_router", routers=", ".join(names))


@gates.condition("deployment.start", "balancers_placed")
def balancers_placed(deployment: Deployment) -> Finding:
    """Where regions get shares of their own, each balancer names the one that it serves."""
    if deployment.strategy != Strategy.REGIONAL:
        return gates.open_()
    for balancer in _balancers(deployment):
        if not balancer.region:
            return gates.closed("balancer_without_region", balancer=balancer.alias)
    return gates.open_()


@gates.condition("deployment.start", "routers_know_it")
def routers_know_it(deployment: Deployment) -> Finding:
    """Every router that tells its releases has servers for the new one, in the first region of a
    plan that has regions."""
    region = progress.step_of(deployment).region
    return _known(deployment, [region] if region else None)


@gates.condition("deployment.next_region", "routers_know_it")
def routers_there_know_it(deployment: Deployment) -> Finding:
    """The same in the next region; before the rest, in all others."""
    region = progress.next_region_of(deployment)
    return _known(deployment, [region] if region else guards.elsewhere(deployment))


def _known(deployment: Deployment, regions: Iterable[str] | None) -> Finding:
    """Open unless a router (of ``regions``; None: any) says that it lacks the new release."""
    if deployment.strategy == Strategy.ROLLING:
        return gates.open_()
    for router in _routers(deployment):
        releases = router.facts.get(FACT, {}).get("releases")
        if releases is None or (regions is not None and router.region not in regions):
            continue
        if deployment.version not in releases:
            facts = {"release": deployment.version, "known": ", ".join(releases) or "-"}
            return gates.closed("router_without_release", router=_name(router), **facts)
    return gates.open_()


def _routers(deployment: Deployment) -> list[fleet.Member]:
    """Proxies with an agent beside them, and edges; a silent one may route as well."""
    at = {"environment": deployment.environment, "service": deployment.service}
    found = fleet.members(**at, role=ROUTER, departed=False)
    return [each for each in found if each.standing is not fleet.Standing.GONE]


def _name(router: fleet.Member) -> str:
    """What people call it."""
    name = router.facts.get(FACT, {}).get("name") or router.instance
    return f"{name} on {router.host}"


def _balancers(deployment: Deployment) -> list[Balancer]:
    """Those of this process's settings, where they are of the deployment's environment."""
    if deployment.environment != core.ENVIRONMENT:
        return []
    try:
        return choice.balancers(deployment.service)
    except ConfigurationError:
        return []  # zdt_deploy.E060 says so, and nothing moves until it is mended
