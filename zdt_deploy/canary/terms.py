"""What share a deployment's state calls for, and how long it holds unwatched. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from zdt_deploy.deployments.states import State

HOLD_FROM = Decimal(50)
"""From this percentage up a share holds while nobody watches: stable may be scaled down by then,
so that sending everyone back unasked could hurt more than it saves."""


@dataclass(frozen=True, slots=True)
class Terms:
    """``valid_seconds`` None holds the share until the next change."""

    stable: str
    canary: str
    percentage: Decimal
    valid_seconds: float | None


def terms(
    state: State, *, version: str, previous: str, percentage: Decimal, valid_seconds: float
) -> Terms | None:
    """The terms to publish for a deployment of ``version`` in ``state``; None changes nothing.

    ``percentage`` is the share of its step, ``valid_seconds`` the plan's.
    """
    match state:
        case State.PENDING | State.CANCELLED:
            return None
        case State.SHIFTING | State.OBSERVING | State.PAUSED | State.HELD:
            holds = percentage >= HOLD_FROM
            return Terms(previous, version, percentage, None if holds else valid_seconds)
        case State.BAKING:
            return Terms(previous, version, Decimal(100), None)
        case State.ROLLING_BACK | State.STUCK | State.ROLLED_BACK:
            return Terms(previous, version, Decimal(0), None)
        case State.COMPLETED:
            return Terms(version, "", Decimal(0), None)
