"""The three lists, and which of them a deployment is at. No I/O."""

from __future__ import annotations

import enum

from zdt_deploy.deployments.states import ACTIVE, State


class Phase(enum.StrEnum):
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


ORDER = tuple(Phase)
_EVERYONE_IS_ON_IT = (State.BAKING, State.COMPLETED)


def of(state: str) -> Phase:
    """The list that a deployment in ``state`` is at."""
    if state in ACTIVE or state == State.ROLLED_BACK:
        return Phase.DURING
    return Phase.AFTER if state in _EVERYONE_IS_ON_IT else Phase.BEFORE


def has_come(since: Phase, state: str) -> bool:
    """Whether what can be told from the phase ``since`` on can be told in ``state``."""
    return ORDER.index(since) <= ORDER.index(of(state))


def takes_marks(phase: Phase, state: str) -> bool:
    """Whether people may still tick and waive on the list ``phase``.

    The list before the deployment is closed by its start: how it stood then is on record.
    """
    if phase is Phase.BEFORE:
        return state == State.PENDING
    return state != State.CANCELLED
