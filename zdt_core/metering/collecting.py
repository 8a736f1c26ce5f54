"""Who contributes to GET /zdt/metrics: collectors, each with the families that it fills.

A room registers in its app's `ready`::

    @collecting.collector("fleet", Family("zdt_processes", "gauge", "…", ("role",)))
    def fleet():
        return {"zdt_processes": [Point(("web",), 3)]}

A collector that fails leaves its families out and says so in ``zdt_scrape_part_up``: what could not
be read is never shown as 0.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from zdt_core import database
from zdt_core.conf import conf
from zdt_core.metering.families import Family, Point, Shown, Spread, declare, declared

logger = logging.getLogger("zdt.metering")
UP = Family(
    "zdt_scrape_part_up",
    "gauge",
    "1 where this part of the metrics could be read, else 0 and its families are missing.",
    ("environment", "service", "part"),
)
declare(UP)


@dataclass(frozen=True, slots=True)
class Collector:
    part: str
    collect: Callable[[], Shown]


_collectors: dict[str, Collector] = {}


def collector(part: str, *families: Family) -> Callable[[Callable[[], Shown]], Callable[[], Shown]]:
    """Register a collector of ``families``; the function returns points by family name."""
    declare(*families)

    def register(collect: Callable[[], Shown]) -> Callable[[], Shown]:
        _collectors[part] = Collector(part, collect)
        return collect

    return register


def gather() -> list[tuple[Family, Iterable[Point | Spread]]]:
    """Everything that can be read now, in the order of the table."""
    shown: dict[str, Iterable[Point | Spread]] = {}
    up = []
    for each in _collectors.values():
        found = _ask(each)
        up.append(Point((conf.ENVIRONMENT, conf.SERVICE, each.part), 0 if found is None else 1))
        shown.update(found or {})
    shown[UP.name] = up
    return [(family, shown.get(family.name, ())) for family in declared()]


def _ask(each: Collector) -> Shown | None:
    try:
        with database.atomic():  # a query that fails must not spoil the others'
            return {name: list(points) for name, points in each.collect().items()}
    except Exception as error:
        logger.warning("The part %s of the metrics could not be read: %r", each.part, error)
        return None
