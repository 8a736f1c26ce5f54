"""Who examines what.

A room registers examinations in a ``doctor.py`` of its own, which its app imports in `ready`::

    @doctor.examine("notifications", needs=("zdt_core",))
    def given_up(look):
        yield warning(_("3 notifications were given up."), _("Mend the webhook."), "notify.lost")

An examination only reads. It yields findings; what it raises is told as a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zdt_core.doctor.finding import Finding
    from zdt_core.doctor.look import Look

Work = Callable[["Look"], Iterable["Finding"]]

AREAS = (
    "identity", "settings", "PostgreSQL", "migrations", "Redis", "queues", "middleware", "URLs",
    "fleet", "web", "workers", "ticker", "jobs", "metrics", "traffic", "deployments",
    "backfills", "flags", "audit", "access", "notifications",
)  # fmt: skip
"""The order on the screen; other areas follow."""


@dataclass(frozen=True, slots=True)
class Examination:
    """``needs`` names "postgresql", "redis", and apps whose tables are read; ``quick`` is True
    where it costs a query or none, so that a web page may ask."""

    area: str
    work: Work
    needs: tuple[str, ...]
    quick: bool


_examinations: dict[str, Examination] = {}


def examine(
    area: str, *, needs: tuple[str, ...] = (), quick: bool = False
) -> Callable[[Work], Work]:
    """Register an examination under its area and full name; see `Examination`."""

    def register(work: Work) -> Work:
        name = f"{area}: {work.__module__}.{work.__qualname__}"
        _examinations[name] = Examination(area, work, needs, quick)
        return work

    return register


def examinations(*, quick: bool) -> list[Examination]:
    """Those to do, in the order of the screen."""
    chosen = [each for each in _examinations.values() if each.quick or not quick]
    return sorted(chosen, key=lambda each: _place(each.area))


def _place(area: str) -> int:
    return AREAS.index(area) if area in AREAS else len(AREAS)
