"""The dead-man's switch for balancers that nobody stands beside.

A proxy has its agent; here every process of the fleet looks at what it knows anyway, and the first
that sees that the share has lapsed takes the canary out. That is weaker: while no process of ours
lives, or none reaches the balancer, it keeps the last share.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from django.db import Error as DatabaseError

from zdt_core import database, fast_copy, fleet, pulse
from zdt_core.conf import conf as core
from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs import leases
from zdt_deploy.canary.router import router, service
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.cloud import applying, choice, outcomes
from zdt_deploy.canary.traffic.cloud.applying import Aim
from zdt_deploy.canary.traffic.cloud.choice import Balancer
from zdt_deploy.canary.traffic.cloud.outcomes import Brought
from zdt_deploy.conf import conf

logger = logging.getLogger("zdt.balancer")
BEAT = "canary.balancers"
DEADLINE_SECONDS = 30.0


def look() -> None:
    """The beat: nothing to do, and nobody to ask, while the share holds."""
    route = router.left()
    if route is None or route.valid_for != 0 or not fleet.joined():
        return
    for balancer in choice.balancers(service()):
        shut(balancer, route)


def shut(balancer: Balancer, route: Route) -> None:
    """Take the canary of the lapsed ``route`` out, where it is this process's turn."""
    try:
        with pulse.one_session(), database.short_session():
            _shut_and_tell(balancer)
    except DatabaseError as error:
        if balancer.region in ("", core.REGION) and _has_turn(balancer):
            logger.warning("PostgreSQL does not answer: %s", error)
            _shut(balancer, Aim(route, lapsed=True))


def _shut_and_tell(balancer: Balancer) -> None:
    """As PostgreSQL has it: the share may have been renewed, or another process may be at it."""
    if leases.take_turn(f"switch:{balancer.key}"[:100], conf.TRAFFIC_LOOK_SECONDS) is None:
        return
    with applying.turn(balancer) as ours:
        truth = balancer.published() if ours else None
        aim = None if truth is None else Aim.of(truth)
        if aim is None or not aim.lapsed:
            return
        brought = _shut(balancer, aim)
        with database.atomic():
            outcomes.write(balancer, aim.route, brought, lapsed=True)


def _shut(balancer: Balancer, aim: Aim) -> Brought:
    brought = applying.bring(balancer, aim)
    if brought.trouble is not None:
        logger.error("The share has lapsed, and the canary is still there: %s", brought.trouble)
    elif brought.moved:
        logger.warning("The share had lapsed: %s sends nobody to the canary", balancer.alias)
    return brought


def _has_turn(balancer: Balancer) -> bool:
    """Without PostgreSQL Redis says whose turn it is; without both everybody tries."""
    with suppress(fast_copy.Error, ConfigurationError):
        milliseconds = int(conf.TRAFFIC_LOOK_SECONDS * 1000)
        name = f"zdt:switch:{balancer.key}"
        return bool(fast_copy.client().set(name, b"1", nx=True, px=milliseconds))
    return True


def register() -> None:
    """Have the pulse look, in every process that joins the fleet."""
    pulse.beat(
        BEAT, lambda: conf.TRAFFIC_LOOK_SECONDS, isolated=True, jitter=0.3,
        deadline=DEADLINE_SECONDS,
    )(look)  # fmt: skip
