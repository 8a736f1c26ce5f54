"""Who goes to the canary: the rule of requirement D3, without I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from zdt_core import buckets

STABLE, CANARY = "stable", "canary"


@dataclass(frozen=True, slots=True)
class Route:
    """The published split of one service, as a router holds it.

    ``stable`` and ``canary`` are releases ("" for none), ``threshold`` is the percentage in fine
    buckets, ``valid_for`` the seconds for which the share held at the time it was read; None
    holds it without end.
    """

    stable: str
    canary: str
    percentage: Decimal
    threshold: int
    epoch: int
    deployment: str | None
    valid_for: float | None

    @classmethod
    def of(
        cls,
        *,
        stable: str,
        canary: str,
        percentage: Decimal | int | str,
        epoch: int,
        deployment: str | None = None,
        valid_for: float | None = None,
    ) -> Route:
        """A route with its threshold worked out. Raises ValueError for an impossible percentage."""
        exact = Decimal(percentage)
        return cls(stable, canary, exact, buckets.threshold(exact), epoch, deployment, valid_for)

    def shut(self) -> Route:
        """The same route with nobody on the canary."""
        return replace(self, percentage=Decimal(0), threshold=0)

    def release(self, track: str) -> str:
        """The release that serves ``track``; "" when it is not known."""
        return self.canary if track == CANARY else self.stable


def decide(route: Route | None, key: str | None) -> str:
    """``"canary"`` or ``"stable"`` for the visitor ``key``.

    At 100 % everyone is on the canary. Below that, a visitor without a key (a first visit, a
    client that keeps no cookies) is on stable, and so is everyone where no route is known.
    """
    return decide_bucket(route, None if key is None else buckets.fine(key))


def decide_bucket(route: Route | None, fine: int | None) -> str:
    """`decide` for a visitor whose fine bucket is known already."""
    if route is None:
        return STABLE
    if route.threshold >= buckets.STEPS:
        return CANARY
    return CANARY if fine is not None and fine < route.threshold else STABLE
