"""The two comparisons of a deployment: side by side, and before against after."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from zdt_core.exceptions import Refused
from zdt_deploy.comparison.models import Copied, Observation
from zdt_deploy.comparison.phases import Phase
from zdt_deploy.comparison.strata import Sides
from zdt_deploy.comparison.sums import Sums
from zdt_deploy.deployments import alive, clock
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import WATCHED

LATE_SECONDS = 600
"""A region that is this far behind is not looked after."""


class Basis(enum.StrEnum):
    BESIDE = "beside"  # both releases at the same time
    BEFORE_AFTER = "before_after"  # weaker: the time of day and the day differ, too


_PHASES = {
    Basis.BESIDE: (Phase.BESIDE, Phase.BESIDE),
    Basis.BEFORE_AFTER: (Phase.BEFORE, Phase.AFTER),
}


@dataclass(slots=True)
class Pair:
    """``words`` say what an id means, in the words of the new release where both have some;
    ``seconds`` are those of a slot. ``seen`` says of the old and of the new release whether
    anything was observed, also where nothing can be held against it."""

    basis: Basis
    old_release: str
    new_release: str
    seconds: int = 0
    sides: Sides = field(default_factory=Sides)
    seen: tuple[bool, bool] = (False, False)
    regions: int = 1
    words: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.sides.strata


def of(deployment: Deployment, region: str = "", *, with_words: bool = True) -> list[Pair]:
    """Both comparisons, of one region or of all together; empty where nothing was observed."""
    found = _in(Observation.objects.filter(deployment=deployment), region).order_by("pk")
    copied = Copied.objects.filter(deployment=deployment, region=OuterRef("region"))
    found = found.annotate(seconds=Subquery(copied.values("seconds")[:1]))
    rows = list(found if with_words else found.defer("words"))
    seconds = max((row.seconds or 0 for row in rows), default=0)
    return [_pair(basis, deployment, rows, seconds, with_words) for basis in Basis]


def known_region(deployment: Deployment, region: str) -> str:
    """``region``, "" for all together. Raises Refused("comparison_region_unknown")."""
    known = regions(deployment)
    if region and region not in known:
        raise Refused(
            "comparison_region_unknown", region=region[:80], known=", ".join(known) or "-"
        )
    return region


def regions(deployment: Deployment) -> list[str]:
    """The regions from which anything was copied."""
    rows = Copied.objects.filter(deployment=deployment).order_by("region")
    return list(rows.values_list("region", flat=True))


def unseen_regions(deployment: Deployment) -> list[str]:
    """Regions that serve, and from which nothing has been taken in for `LATE_SECONDS`, or ever,
    while it was from others."""
    rows = Copied.objects.filter(deployment=deployment).values_list("region", "next_slot")
    until: dict[str, int] = dict(rows)
    if not until or deployment.state not in WATCHED:
        return []
    late = clock.now().timestamp() - LATE_SECONDS
    serving = alive.regions(deployment.environment, deployment.service)
    return [region for region in serving if until.get(region, 0) < late]


def missed_seconds(deployment: Deployment, region: str = "") -> int:
    """How much was in no region's Redis any more when somebody came for it."""
    rows = _in(Copied.objects.filter(deployment=deployment), region)
    return int(rows.aggregate(n=Sum(F("missed") * F("seconds")))["n"] or 0)


def _in(rows: QuerySet[Any], region: str) -> QuerySet[Any]:
    return rows.filter(region=region) if region else rows


def _pair(
    basis: Basis,
    deployment: Deployment,
    rows: Iterable[Observation],
    seconds: int,
    with_words: bool,
) -> Pair:
    phases = _PHASES[basis]
    releases = (deployment.previous_version, deployment.version)
    strata: dict[tuple[str, int], tuple[Sums, Sums]] = {}
    words: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for row in rows:
        for side in (0, 1):
            if (row.phase, row.release) == (phases[side], releases[side]):
                strata.setdefault((row.region, row.stratum), (Sums(), Sums()))[side].merge(row.sums)
                words[side].update(row.words if with_words else {})
    sides = Sides(list(strata.values()))
    compared = {
        region for (region, _), (old, new) in strata.items() if old.requests and new.requests
    }
    seen = tuple(any(pair[side].requests for pair in strata.values()) for side in (0, 1))
    return Pair(
        basis,
        *releases,
        seconds,
        sides,
        (seen[0], seen[1]),
        len(compared),
        {**words[0], **words[1]},
    )
