"""The fleet while an orchestrator replaces its processes: how much of it is on the new release."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from zdt_deploy.deployments import alive
from zdt_deploy.deployments.models import Deployment


@dataclass(frozen=True, slots=True)
class Fleet:
    """Web processes that take requests, of the new release and of all others; ``silent`` are those
    of which nobody knows, and ``lingering`` those of the new release that are not gone yet. The
    first new one that serves joined at ``since``."""

    new: int
    old: int
    silent: tuple[str, ...] = ()
    lingering: tuple[str, ...] = ()
    since: datetime | None = None

    @property
    def share(self) -> Decimal:
        """Percent of the processes that are of the new release, rounded down."""
        both = self.new + self.old
        return Decimal(100_000 * self.new // both) / 1000 if both else Decimal(0)

    def missing(self, percentage: Decimal) -> int:
        """How many more may be replaced until ``percentage`` of the processes are new."""
        wanted = math.ceil((self.new + self.old) * percentage / 100)
        return max(0, wanted - self.new)

    def has_reached(self, percentage: Decimal) -> bool:
        """Whether so many are new for sure: a silent process may be of either kind."""
        return self.new > 0 and not self.silent and not self.missing(percentage)

    def has_returned(self) -> bool:
        """Whether nothing of the new release is left, and something of the old one serves."""
        return not self.lingering and self.old > 0

    def facts(self) -> dict[str, Any]:
        return {"new": self.new, "old": self.old, "silent": list(self.silent)}


def fleet(deployment: Deployment) -> Fleet:
    """The web processes of the deployment's service."""
    members = alive.web(deployment.environment, deployment.service)
    serving = [member for member in members if alive.serves(member)]
    new = [member.joined_at for member in serving if member.release == deployment.version]
    return Fleet(
        new=len(new),
        old=len(serving) - len(new),
        since=min(new, default=None),
        silent=tuple(member.instance for member in members if alive.is_silent(member)),
        lingering=tuple(
            member.instance
            for member in members
            if member.release == deployment.version and not alive.is_gone(member)
        ),
    )
