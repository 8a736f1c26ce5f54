"""What a proxy or balancer has to offer so that the share can be moved there. No I/O of its own.

Whoever follows the published share calls `bring` and acknowledges an epoch only when that returned:
a proxy that took a change and does not apply it is found by asking it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from zdt_core import buckets
from zdt_core.exceptions import Refused
from zdt_deploy.canary.routing import Route

SLACK_SECONDS = 2
"""How far a proxy's own deadline may be from the share's before it is told again."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a proxy does now: ids whose fine bucket is below ``threshold`` go to the release
    ``canary``, all others to ``stable``.

    ``valid_for`` is after how many seconds the proxy goes to 0 % by itself; None where it holds
    the share, or keeps no time.
    """

    stable: str
    canary: str
    threshold: int
    valid_for: float | None = None

    @property
    def percentage(self) -> str:
        return f"{self.threshold * 100 / buckets.STEPS:g}"


class Driver(Protocol):
    """One proxy or balancer. Its methods raise Refused (see `messages`), which says what to do.

    ``step`` is the smallest change that it can make, in fine buckets; ``keeps_time`` is True where
    the proxy itself goes to 0 % once a share has run out.
    """

    name: str
    step: int
    keeps_time: bool

    def set(self, route: Route) -> None:
        """Ask for ``route``, which is valid for ``route.valid_for`` seconds from now (None: held).

        It need not have arrived when this returns; `read` tells.
        """
        ...

    def read(self) -> Applied | None:
        """What the running proxy itself says that it applies now; None where it knows no split."""
        ...


def bring(driver: Driver, route: Route) -> bool:
    """Have ``driver`` apply ``route``, and see that it does. Returns True where somebody was sent
    elsewhere before, or that is not known.

    Asks for a change only where there is one to make; a proxy that does not answer is asked all the
    same. Raises Refused while it does something else; nothing may be acknowledged then, and the
    next call tries again.
    """
    before = None
    with suppress(Refused):
        before = driver.read()
        if applies(driver, before, route):
            return False
    driver.set(route)
    found = driver.read()
    if not applies(driver, found, route):
        raise Refused(
            "proxy_does_not_apply",
            proxy=driver.name,
            wanted=_told(wanted(route, driver.step)),
            found=_told(found) if found else "nothing",
        )
    return not _splits(driver, before, route)


def applies(driver: Driver, found: Applied | None, route: Route) -> bool:
    """True when a proxy that does ``found`` needs no change for ``route``."""
    asked = wanted(route, driver.step)
    if found is None or not _splits(driver, found, route):
        return False
    if not driver.keeps_time or asked.threshold == 0:
        return True
    if found.valid_for is None or asked.valid_for is None:
        return found.valid_for is asked.valid_for
    return abs(found.valid_for - asked.valid_for) <= SLACK_SECONDS


def wanted(route: Route, step: int = 1) -> Applied:
    """``route`` as a proxy holds it whose smallest change is ``step`` fine buckets.

    A share that is neither none nor all of it never becomes one of both.
    """
    threshold = route.threshold
    if 0 < threshold < buckets.STEPS:
        nearest = (threshold + step // 2) // step * step
        threshold = min(max(nearest, step), buckets.STEPS - step)
    return Applied(route.stable, route.canary, threshold, route.valid_for)


def _splits(driver: Driver, found: Applied | None, route: Route) -> bool:
    """True when ``found`` sends everyone where ``route`` does, however long."""
    asked = wanted(route, driver.step)
    if found is None or found.threshold != asked.threshold:
        return False
    if asked.threshold > 0 and found.canary != asked.canary:
        return False
    return asked.threshold == buckets.STEPS or found.stable == asked.stable


def _told(split: Applied) -> str:
    return f"{split.percentage} % on {split.canary or 'no canary'}, stable {split.stable or 'none'}"
