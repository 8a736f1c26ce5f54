"""What share a deployment's state calls for, and how long it holds unwatched. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from zdt_deploy.deployments.states import State

HOLD_FROM = Decimal(50)
"""From this percentage up a share holds while nobody watches: stable may be scaled down by then,
so that sending everyone back unasked could hurt more than it saves."""


@dataclass(frozen=True, slots=True)
class Terms:
    """``valid_seconds`` None holds the share until the next change. ``regions`` have percentages of
    their own; everywhere else ``percentage`` holds."""

    stable: str
    canary: str
    percentage: Decimal
    valid_seconds: float | None
    regions: Mapping[str, Decimal] = field(default_factory=dict)


def holds(percentage: Decimal) -> bool:
    """Whether a share stays while nobody watches; that of nobody has nothing to lose."""
    return percentage >= HOLD_FROM or percentage == 0


def terms(
    state: State,
    *,
    version: str,
    previous: str,
    percentage: Decimal,
    valid_seconds: float,
    regions: Mapping[str, Decimal] | None = None,
    splits: bool = True,
) -> Terms | None:
    """The terms to publish for a deployment of ``version`` in ``state``; None changes nothing.

    ``percentage`` is the share of its step, ``regions`` are those that have their own;
    ``valid_seconds`` is the plan's. Where zdt ``splits`` no traffic, nobody is told where to go
    until all processes are of one release.
    """
    if not splits:
        return _unsplit(state, version, previous)
    match state:
        case State.PENDING | State.CANCELLED:
            return None
        case State.SHIFTING | State.OBSERVING | State.PAUSED | State.HELD:
            shares = dict(regions or {})
            lasting = all(map(holds, (percentage, *shares.values())))
            valid = None if lasting else valid_seconds
            return Terms(previous, version, percentage, valid, shares)
        case State.BAKING:
            return Terms(previous, version, Decimal(100), None)
        case State.ROLLING_BACK | State.STUCK | State.ROLLED_BACK:
            return Terms(previous, version, Decimal(0), None)
        case State.COMPLETED:
            return Terms(version, "", Decimal(0), None)


def _unsplit(state: State, version: str, previous: str) -> Terms | None:
    match state:
        case State.PENDING | State.CANCELLED:
            return None
        case State.BAKING | State.COMPLETED:
            return Terms(version, "", Decimal(0), None)
        case State.ROLLED_BACK:
            return Terms(previous, "", Decimal(0), None)
        case _:
            return Terms("", "", Decimal(0), None)
