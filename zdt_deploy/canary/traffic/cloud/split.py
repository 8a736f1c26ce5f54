"""A share as forwards of three places, and back. No I/O.

*members* serves the visitors whose cookie is below the share, *others* everybody else, and
*newcomers*, where there is such a place, the visitors without a cookie, by weight. Nobody but the
stable group is left anywhere at 0 %: a weight of 0 would keep who is stuck to the canary there.
"""

from __future__ import annotations

from dataclasses import dataclass

from zdt_core import buckets
from zdt_deploy.canary.traffic.cloud import cookie
from zdt_deploy.canary.traffic.cloud.forwards import Forward, to

ALL, WEIGHTS = buckets.STEPS, 1000


@dataclass(frozen=True, slots=True)
class Places:
    """Where each place sends requests; None where it sends them nowhere. ``expression`` is what
    members are matched by; ``weighted`` says whether there is a place for newcomers."""

    members: Forward | None
    others: Forward | None
    newcomers: Forward | None = None
    expression: str | None = None
    weighted: bool = False

    @property
    def all(self) -> tuple[Forward | None, ...]:
        found = (self.members, self.others)
        return (*found, self.newcomers) if self.weighted else found


def places(threshold: int, stable: str, canary: str, *, weighted: bool) -> Places:
    """What to ask for; groups are called as the balancer calls them. ``canary`` is not looked at
    where nobody goes there, nor ``stable`` where everybody goes to the canary."""
    if threshold in (0, ALL):
        everybody = to(canary if threshold else stable)
        return Places(everybody, everybody, everybody, weighted=weighted)
    share = min(max(threshold * WEIGHTS // ALL, 1), WEIGHTS - 1)
    return Places(
        members=to(canary),
        others=to(stable),
        newcomers=Forward({stable: WEIGHTS - share, canary: share}),
        expression=cookie.members(threshold),
        weighted=weighted,
    )


def waiting(stable: str, canary: str, *, weighted: bool) -> Places:
    """Everybody on ``stable``, and the balancer asks whether ``canary`` is healthy."""
    return Places(to(stable, canary), to(stable), to(stable), weighted=weighted)


def threshold_of(found: Places, stable: str | None, canary: str | None) -> int | None:
    """The share that ``found`` gives to ``canary``; None where it is no share of these two."""
    forwards = [each for each in found.all if each is not None and not each.sticky]
    if len(forwards) < len(found.all):
        return None
    for threshold, group in ((0, stable), (ALL, canary)):
        if group is not None and all(each.only == group for each in forwards):
            return threshold
    told = cookie.threshold_of(found.expression or "")
    if told is None or stable is None or canary is None:
        return None
    asked = places(told, stable, canary, weighted=found.weighted)
    same = [_counts(each) for each in asked.all] == [_counts(each) for each in forwards]
    return told if same else None


def _counts(forward: Forward | None) -> object:
    """Weights as they count: a single group's does not."""
    return None if forward is None else forward.only or dict(forward.weights)
