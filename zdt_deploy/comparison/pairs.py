"""The two comparisons of a deployment: side by side, and before against after."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from zdt_deploy.comparison.models import Copied, Observation
from zdt_deploy.comparison.phases import Phase
from zdt_deploy.comparison.sums import Sums
from zdt_deploy.deployments.models import Deployment


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
    ``seconds`` are those of a slot."""

    basis: Basis
    old_release: str
    new_release: str
    seconds: int = 0
    old: Sums = field(default_factory=Sums)
    new: Sums = field(default_factory=Sums)
    words: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.old.slots or not self.new.slots


def of(deployment: Deployment, region: str = "", *, with_words: bool = True) -> list[Pair]:
    """Both comparisons, of one region or of all together; empty where nothing was observed."""
    found = _in(Observation.objects.filter(deployment=deployment), region).order_by("pk")
    copied = Copied.objects.filter(deployment=deployment, region=OuterRef("region"))
    found = found.annotate(seconds=Subquery(copied.values("seconds")[:1]))
    rows = list(found if with_words else found.defer("words"))
    seconds = max((row.seconds or 0 for row in rows), default=0)
    return [_pair(basis, deployment, rows, seconds, with_words) for basis in Basis]


def regions(deployment: Deployment) -> list[str]:
    """The regions from which anything was copied."""
    rows = Copied.objects.filter(deployment=deployment).order_by("region")
    return list(rows.values_list("region", flat=True))


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
    old_phase, new_phase = _PHASES[basis]
    pair = Pair(basis, deployment.previous_version, deployment.version, seconds)
    for row in rows:
        told = row.words if with_words else {}
        if (row.phase, row.release) == (old_phase, pair.old_release):
            pair.old.merge(row.sums)
            pair.words = {**told, **pair.words}
        elif (row.phase, row.release) == (new_phase, pair.new_release):
            pair.new.merge(row.sums)
            pair.words = {**pair.words, **told}
    return pair
