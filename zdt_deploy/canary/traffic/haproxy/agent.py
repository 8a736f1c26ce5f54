"""Follows the published share and writes it into HAProxy's map.

It obeys the dead-man's switch: when nobody renews the share it writes 0 %. An epoch is acknowledged
once HAProxy holds it, not before.
"""

from __future__ import annotations

import logging

from zdt_core import fleet
from zdt_deploy.canary.router import Router, service
from zdt_deploy.canary.traffic.haproxy.configuration import KEY, map_value
from zdt_deploy.canary.traffic.haproxy.runtime import Runtime

logger = logging.getLogger("zdt.edge")


class Agent:
    """Keeps HAProxy's map at what ``router`` says; ``default`` serves while it says nothing."""

    def __init__(self, runtime: Runtime, router: Router, default: str) -> None:
        self.runtime, self.router, self.default = runtime, router, default
        self.written: str | None = None

    def follow(self) -> None:
        """One look. Raises OSError when HAProxy does not take what it should."""
        self.router.look_at_copy()  # another beat looks at the truth
        route = self.router.current()
        value = map_value(route, self.default)
        if value != self.written:
            self.written = None
            self.runtime.set(KEY, value)
            self.written = value
            logger.info("HAProxy splits by %s", value)
        if route is not None:  # what is written, though another beat may know more by now
            fleet.acknowledge(f"share:{service()}", route.epoch)
