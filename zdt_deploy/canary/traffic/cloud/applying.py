"""Keeps one balancer at the published share: a run that looks for as long as there is a share.

A look sets what is published (nobody, once it has lapsed), reads it back and writes down what was
confirmed, under the run's token. The balancer itself knows no tokens: one lease keeps this run and
the switch of other processes apart, and what somebody changes in between the next look mends.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError

from zdt_core import database, jobs
from zdt_core.conf import conf as core
from zdt_core.exceptions import ConfigurationError, Refused
from zdt_core.jobs import leases
from zdt_core.jobs.models import Run
from zdt_core.jobs.outcomes import retry_pause
from zdt_deploy.canary import share
from zdt_deploy.canary.models import BalancerState, TrafficShare
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.sources.hiding import place_of
from zdt_deploy.canary.traffic import base
from zdt_deploy.canary.traffic.cloud import choice, outcomes
from zdt_deploy.canary.traffic.cloud.choice import Balancer
from zdt_deploy.canary.traffic.cloud.messages import NEED_A_PERSON
from zdt_deploy.canary.traffic.cloud.outcomes import Brought
from zdt_deploy.conf import conf

logger = logging.getLogger("zdt.balancer")
KIND = "canary.balancer"
LEASE_SECONDS = 30.0
"""Longer than any look takes, so that nobody else writes at the same time."""

QUIET_LOOKS = 6
"""How many times rarer the looks are while nobody is on a canary."""

_LIVE = (Run.State.READY, Run.State.PAUSED)


@dataclass(frozen=True, slots=True)
class Aim:
    """What the balancer should do now: ``route`` as it is published, or nobody on the canary."""

    route: Route
    lapsed: bool

    @property
    def due(self) -> Route:
        return self.route.shut() if self.lapsed else self.route

    @classmethod
    def of(cls, route: Route) -> Aim:
        return cls(route, route.valid_for is not None and route.valid_for <= 0)


def look(work: jobs.Slice) -> jobs.Then:
    """A slice: one look at the balancer ``work.key``."""
    if not work.key.startswith(f"{core.ENVIRONMENT}/"):
        return jobs.after(1)  # for a worker of that environment
    balancer = choice.find(work.key)
    if balancer is None:
        with work.commit() as save:
            outcomes.forget(work.key)
            save(then=jobs.done())
        return jobs.done()
    with turn(balancer) as ours:
        if not ours:
            return jobs.after(1)
        route = balancer.published()
        if route is None:
            return jobs.done()
        aim = Aim.of(route)
        unclear = lost(balancer)
        brought = Brought(unclear) if unclear else bring(balancer, aim)
        failures = 0 if brought.trouble is None else int(work.cursor.get("failures", 0)) + 1
        then = jobs.after(_pause(aim, brought.trouble, failures))
        with work.commit() as save:
            outcomes.write(balancer, aim.route, brought, lapsed=aim.lapsed)
            save(cursor={"failures": failures}, then=then)
    return then


def lost(balancer: Balancer) -> Refused | None:
    """Why nobody can tell which share it should get, while each region has its own."""
    if balancer.region or not share.differs_by_region(core.ENVIRONMENT, balancer.service):
        return None
    return Refused("balancer_without_region", balancer=balancer.alias)


def bring(balancer: Balancer, aim: Aim) -> Brought:
    """Have it do what it should, and hear it say that it does."""
    try:
        driver = balancer.driver(aim.route)
    except ConfigurationError as error:
        return Brought(Refused("balancer_unreadable", reason=str(error)))
    try:
        return Brought(moved=base.bring(driver, aim.due))
    except Refused as refusal:
        return Brought(_told(balancer, refusal, getattr(driver, "doubt", "")))
    except Exception as error:  # a driver of the site's own may raise whatever it likes
        kind, place = type(error).__name__, place_of(error)
        logger.error("The balancer %s could not be asked: %s at %s", balancer.alias, kind, place)
        reason = f"{kind}: {balancer.told(error)}"
        return Brought(Refused("balancer_unanswered", balancer=balancer.alias, reason=reason))


@contextmanager
def turn(balancer: Balancer) -> Iterator[bool]:
    """True while nobody else changes the balancer."""
    name = f"balancer:{balancer.key}"[:100]
    ours = leases.hold(name, LEASE_SECONDS) is not None
    try:
        yield ours
    finally:
        if ours:
            leases.release(name)


def ring(environment: str, service: str) -> None:
    """Look now, after the commit: a new share of ``service`` is published."""
    if conf.TRAFFIC and environment == core.ENVIRONMENT:
        database.on_commit(lambda: _ring(service))


def keep_looking() -> None:
    """Every balancer of this process's settings has a run, once a share was published, and so has
    one that they name no more: the run forgets it."""
    try:
        wanted = {each.key: each.service for each in choice.balancers()}
    except ConfigurationError:
        return  # zdt_deploy.E060 says so
    here = {"environment": core.ENVIRONMENT}
    wanted |= {row.key: row.service for row in BalancerState.objects.filter(**here)}
    for key, service in wanted.items():
        share_is_out = TrafficShare.objects.filter(**here, service=service, epoch__gt=0).exists()
        live = Run.objects.filter(kind=KIND, key=key, state__in=_LIVE).exists()
        if share_is_out and not live:
            jobs.start(KIND, key)


def _ring(service: str) -> None:
    """Waking takes locks in another order than a look does, so it waits for the commit."""
    try:
        for balancer in choice.balancers(service):
            if not jobs.wake(KIND, balancer.key):
                jobs.start(KIND, balancer.key)
    except (DatabaseError, ConfigurationError) as error:
        logger.warning("The balancers of %s wait for the ticker: %s", service, error)


def _told(balancer: Balancer, refusal: Refused, doubt: str) -> Refused:
    """The refusal in a balancer's words: those of `base.bring` are a proxy's."""
    if refusal.code != "proxy_does_not_apply":
        return refusal
    if doubt:
        return Refused("balancer_not_taken_over", balancer=balancer.alias, reason=doubt)
    facts = {name: refusal.params[name] for name in ("wanted", "found")}
    return Refused("balancer_does_not_apply", balancer=balancer.alias, **facts)


def _pause(aim: Aim, trouble: Refused | None, failures: int) -> float:
    """Seconds to the next look, which comes in time for a share that runs out."""
    usual = conf.TRAFFIC_LOOK_SECONDS
    if trouble is not None:
        return usual if trouble.code in NEED_A_PERSON else retry_pause(failures, usual)
    if aim.due.threshold == 0:
        return usual * QUIET_LOOKS
    left = aim.route.valid_for
    return usual if left is None else min(usual, left)
