"""Where a release is judged: everywhere at once, or region by region. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from zdt_deploy.canary.judge import DOUBTS, Outcome, Verdict

_URGENT = (Outcome.BREACH, Outcome.SILENT, Outcome.BLIND)


@dataclass(frozen=True, slots=True)
class Place:
    """Users on the new release: ``share`` percent of those in ``region`` ("" is everywhere) since
    ``since``. ``present`` is where the deployment's step is."""

    region: str
    share: Decimal
    since: datetime
    present: bool

    @property
    def can_break(self) -> bool:
        """Whether both releases serve there."""
        return 0 < self.share < 100


Judged = tuple[Place, Verdict]


def decisive(judged: Iterable[Judged]) -> Judged:
    """The verdict that decides: trouble anywhere, else that on the present step's place.

    Regions that were passed have had their evidence; of them only trouble counts, and what may
    become one. Its sentence names the region, and its evidence holds what was said of each.
    """
    found = list(judged)
    place, verdict = min(found, key=_urgency)
    if not place.region:
        return place, verdict
    said = {each.region: _said(of) for each, of in found}
    named = replace(
        verdict,
        code="in_region",
        params={"region": place.region, "cause": verdict.code, "cause_params": verdict.params},
        evidence={**verdict.evidence, "regions": said},
    )
    return place, named


def _urgency(judged: Judged) -> tuple[int, bool]:
    place, verdict = judged
    if verdict.outcome in _URGENT:
        return _URGENT.index(verdict.outcome), not place.present
    return len(_URGENT) + (verdict.code not in DOUBTS), not place.present


def _said(verdict: Verdict) -> dict[str, Any]:
    return {"outcome": verdict.outcome.value, "code": verdict.code, "params": verdict.params}
