"""The phases of a drain, by how long it has been going on. Rules only.

Readiness fails from the first moment, and everything is still served until the balancer has looked
away; refusing from the first moment was measured to fail requests.
"""

from __future__ import annotations

import enum


class Phase(enum.IntEnum):
    """``SERVING`` is 0, so that a phase is true while a process drains."""

    SERVING = 0  # no drain
    DRAINING = 1  # readiness fails, everything is served
    REFUSING = 2  # new requests are refused, those in flight finish
    OVERDUE = 3  # what is left has had its time


def phase(seconds: float | None, *, wait: float, finish: float) -> Phase:
    """The phase ``seconds`` after a drain began; None is no drain."""
    if seconds is None:
        return Phase.SERVING
    if seconds < wait:
        return Phase.DRAINING
    if seconds < wait + finish:
        return Phase.REFUSING
    return Phase.OVERDUE


def enough_wait(*, active_checks: bool, interval: float, fall: int, timeout: float) -> float:
    """The shortest wait, in seconds, after which every balancer has looked away.

    A balancer that checks needs ``fall`` failed checks, one more interval because the drain begins
    between two, and one timeout. Kubernetes does not check; its proxies need up to ten seconds.
    """
    return fall * interval + interval + timeout if active_checks else 10.0
