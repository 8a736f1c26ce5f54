"""The split that this process applies, and its dead-man's switch.

One beat of the pulse looks at the copy in Redis each second; another looks at the truth in
PostgreSQL every five, which serves where Redis has no copy or does not answer, and heals a copy
that was left behind. They are two so that a hang of one does not blind the other. `current` does
no I/O.

What was read holds for as long as it said, counted by this process's monotonic clock from before
the read. Renewed by nobody, it falls to 0 %: a monitor that has died is a rollback. A share that
was published to hold does not expire.

Without a running pulse (runserver, tests, commands) no split is known, and everyone is stable.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from zdt_core import database, fleet, pulse
from zdt_core.conf import conf as core_conf
from zdt_deploy.canary import share
from zdt_deploy.canary.routing import Route
from zdt_deploy.conf import conf

logger = logging.getLogger("zdt.router")
BEAT = "canary.route"
TRUTH_BEAT = "canary.route.truth"

Read = Callable[[str, str], Route | None]


@dataclass(frozen=True, slots=True)
class Held:
    """A route with the monotonic time until which it is valid, and what it is afterwards."""

    route: Route
    shut: Route
    until: float


class Router:
    """One process's view of one split. ``read_copy`` and ``read_truth`` take environment and
    service."""

    def __init__(
        self, read_copy: Read, read_truth: Read, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read_copy, self._read_truth, self._clock = read_copy, read_truth, clock
        self._held: Held | None = None
        self._troubles: set[str] = set()
        self._answered = False
        self.free()

    def free(self) -> None:
        """A lock that somebody held when this process was forked is nobody's."""
        self._one_at_a_time = threading.Lock()

    def current(self) -> Route | None:
        """The split to apply now; None when none is known. No I/O."""
        held = self._held
        if held is None:
            return None
        return held.route if self._clock() < held.until else held.shut

    def left(self) -> Route | None:
        """`current` with the validity that is left now."""
        held = self._held
        if held is None:
            return None
        left = held.until - self._clock()
        route = held.route if left > 0 else held.shut
        return replace(route, valid_for=None if math.isinf(left) else max(0.0, left))

    def knows(self) -> bool:
        """True once it was told the split, or by the truth that there is none."""
        return self._held is not None or self._answered

    def keeps_ids(self) -> bool:
        """True while ids may not change: the split tells visitors apart, or might.

        An expired split counts, since it may be renewed, and so does one that nobody could tell.
        """
        if self._held is None:
            return not self._answered
        return 0 < self._held.route.percentage < 100

    def refresh(self) -> None:
        """Look at both, and tell the fleet which epoch this process applies. Never raises."""
        self.look_at_copy()
        self.look_at_truth()
        self.acknowledge()

    def follow(self) -> None:
        """The beat: look at Redis, and tell the fleet what is applied. Never raises."""
        self.look_at_copy()
        self.acknowledge()

    def look_at_copy(self) -> None:
        """Take what Redis has. Never raises."""
        self._look("Redis", self._read_copy, is_truth=False)

    def look_at_truth(self) -> None:
        """Take what PostgreSQL has. Never raises."""
        self._look("PostgreSQL", self._read_truth, is_truth=True)

    def acknowledge(self) -> None:
        """Tell the fleet the epoch that is held; who applies it elsewhere does that first."""
        if self._held is not None:
            fleet.acknowledge(f"share:{service()}", self._held.route.epoch)

    def prime(self) -> None:
        """The first look of a process that serves, so that its first request finds the split."""
        if not self.knows() and fleet.joined():
            self.look_at_copy()
            if self._held is None:
                self.look_at_truth()

    def _look(self, where: str, read: Read, *, is_truth: bool) -> None:
        asked_at = self._clock()
        try:
            route = read(core_conf.ENVIRONMENT, service())
        except Exception as error:  # whatever it is, the switch has to keep its time
            if where not in self._troubles:
                logger.warning("%s did not tell the traffic share: %s", where, error)
            self._troubles.add(where)
            return
        self._troubles.discard(where)
        self._answered |= is_truth
        if route is not None:
            self.take(route, asked_at, is_truth=is_truth)

    def take(self, route: Route, asked_at: float, *, is_truth: bool = True) -> None:
        """Hold ``route``, read at the monotonic ``asked_at``, unless a newer epoch is held."""
        until = math.inf if route.valid_for is None else asked_at + route.valid_for
        with self._one_at_a_time:
            held = self._held
            if held is not None:
                if route.epoch < held.route.epoch:
                    return
                if route.epoch == held.route.epoch and not is_truth:
                    until = max(until, held.until)  # the truth may be renewed without its copy
            self._held = Held(route, route.shut(), until)


def service() -> str:
    """The service whose split this process follows."""
    return conf.CANARY_SERVICE or core_conf.SERVICE


def _read_copy(environment: str, service: str) -> Route | None:
    return share.read_copy(environment, service)


def _read_truth(environment: str, service: str) -> Route | None:
    with pulse.one_session(), database.short_session():
        return share.read_truth(environment, service)


router = Router(_read_copy, _read_truth)
"""This process's. A forked child keeps what its parent knew, and the deadline with it."""

os.register_at_fork(after_in_child=router.free)


def current() -> Route | None:
    """The split that this process applies now; None when none is known. No I/O."""
    return router.current()


def register() -> None:
    """Have the pulse look."""
    pulse.beat(BEAT, lambda: conf.ROUTE_SECONDS, isolated=True)(router.follow)
    pulse.beat(TRUTH_BEAT, lambda: conf.ROUTE_TRUTH_SECONDS, isolated=True, jitter=0.2)(
        router.look_at_truth
    )
