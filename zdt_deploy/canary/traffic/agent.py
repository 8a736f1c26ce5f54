"""Keeps one proxy at the published share, and says so only once the proxy itself does.

It obeys the dead-man's switch: when nobody renews the share it sets 0 %. Started anew where neither
Redis nor PostgreSQL answers, it leaves the proxy as it is and only ends a share whose time is up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from zdt_core import fleet
from zdt_core.exceptions import Refused
from zdt_deploy.canary.router import Router, service
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.base import Driver, bring

logger = logging.getLogger("zdt.edge")
FACT = "proxy"
"""Under which name the fleet keeps what the agent tells of its proxy."""

HOLDS = "holds"
"""The part of it with the release on which the proxy keeps users, whatever becomes of its agent."""

CONTESTED_LOOKS = 3
"""So many looks in a row at which somebody else had moved the proxy are no accident."""


class Agent:
    """Keeps ``driver`` at what ``router`` says; ``default`` serves before the first share."""

    def __init__(
        self,
        driver: Driver,
        router: Router,
        default: str,
        acknowledge: Callable[[str, int], None] = fleet.acknowledge,
    ) -> None:
        self.driver, self.router, self.default = driver, router, default
        self._acknowledge = acknowledge
        self._trouble: Refused | None = None
        self._set: Route | None = None
        self._moved = 0

    def follow(self) -> None:
        """One look: at the share, and at what the proxy does."""
        self.router.look_at_copy()  # another beat looks at the truth
        if not self.router.knows():
            self.router.look_at_truth()
        route = self.router.left()
        try:
            wanted = self._wanted(route)
            if wanted is not None:
                self._count(wanted, bring(self.driver, wanted))
        except Refused as refusal:
            self._stumble(refusal)
            return
        self._go_on(wanted)
        if route is not None:  # what was set, though another beat may know more by now
            self._acknowledge(f"share:{service()}", route.epoch)

    def facts(self) -> dict[str, Any]:
        """What the fleet is told: which proxy, the releases that it has servers for where its
        driver knows them, and why it does not follow."""
        told: dict[str, Any] = {"name": self.driver.name, HOLDS: self._held()}
        if (known := getattr(self.driver, "known", None)) is not None:
            told["releases"] = sorted(known)
        if (trouble := self._trouble) is not None:
            told["trouble"] = {"code": trouble.code, "params": trouble.params}
        return told

    def _held(self) -> str:
        """The release on which its proxy keeps users for as long as nobody says otherwise."""
        held = self._set
        keeps = held is not None and held.threshold > 0 and held.valid_for is None
        return held.canary if held is not None and keeps else ""

    @property
    def leaves_users(self) -> bool:
        """True where its proxy goes on sending users to a canary once nobody follows any more."""
        return self._trouble is not None or (self._set is not None and self._set.threshold > 0)

    def _wanted(self, route: Route | None) -> Route | None:
        """What the proxy should do; None where nobody can tell, and it may go on as it is."""
        if route is not None and not (route.stable or route.canary):
            raise Refused("proxy_cannot_roll", proxy=self.driver.name)
        if route is not None:
            return replace(route, stable=route.stable or self.default)
        if self.router.knows():  # that there is no share
            return Route.of(stable=self.default, canary="", percentage=0, epoch=0)
        found = self.driver.read()
        if found is None or found.valid_for is None or found.valid_for > 0:
            return None
        return Route.of(stable=found.stable, canary=found.canary, percentage=0, epoch=0)

    def _count(self, wanted: Route, changed: bool) -> None:
        """Whether somebody else moves the proxy. Raises Refused where that goes on and on."""
        meddled = changed and self._set is not None and _alike(self._set, wanted)
        self._moved = self._moved + 1 if meddled else 0
        if self._moved >= CONTESTED_LOOKS:
            raise Refused("proxy_contested", proxy=self.driver.name)
        if meddled:
            logger.warning("%s had forgotten the share, and was told again", self.driver.name)

    def _stumble(self, refusal: Refused) -> None:
        if self._trouble is None or str(self._trouble) != str(refusal):
            logger.error("The share is not followed: %s", refusal)
        self._trouble = refusal

    def _go_on(self, wanted: Route | None) -> None:
        if self._trouble is not None:
            logger.info("%s follows the share again", self.driver.name)
        self._trouble = None
        if wanted is None:
            return
        if self._set is None or not _alike(self._set, wanted):
            share = f"{wanted.percentage.normalize():f} % on {wanted.canary or 'no canary'}"
            logger.info("%s: %s, stable %s", self.driver.name, share, wanted.stable)
        self._set = wanted


def _alike(one: Route, other: Route) -> bool:
    return (one.threshold, one.stable, one.canary) == (other.threshold, other.stable, other.canary)
