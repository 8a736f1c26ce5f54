"""Batches that are begun: a quarter of their rows is done, then another, then a third.

What a quarter leaves behind can be thrown out once all transactions that were open when it ended
are over, those of other lanes, too. So with several lanes two batches are begun together: between
two quarters of the one lies one of the other, in which the statements of other lanes end. One
after the other, with two lanes half as many updates were HOT as with one (27 % in place of 53 % of
them); so it is nearly as many (43 to 45 %).
"""

from __future__ import annotations

from dataclasses import dataclass

from zdt_core import jobs
from zdt_deploy.backfills import places, quarters
from zdt_deploy.backfills.batches import Doing, Measure
from zdt_deploy.backfills.keys import Values
from zdt_deploy.backfills.models import Range

TOGETHER = 2


@dataclass(slots=True)
class Begun:
    """A batch of ``size`` rows, or as many as were ``measured``; ``seconds`` is what its longest
    quarter took, ``changed`` how many rows they have changed."""

    measured: Measure
    size: int
    seconds: float = 0.0
    changed: int = 0


def begin(
    slice: jobs.Slice,
    doing: Doing,
    taken: Range,
    lane: int,
    low: Values | None,
    size: int,
    batches: int,
) -> list[Begun]:
    """Do the quarters of the next ``batches`` of ``size`` rows after ``low``, each in a transaction
    of its own; in order, and fewer where the range ends."""
    begun: list[Begun] = []
    for quarter in quarters.FIRST:
        after = low
        for number in range(batches):
            measured = begun[number].measured if number < len(begun) else None
            with slice.commit(doing.settings()):
                measured, done = doing.do(
                    after, taken.high, size, quarter=quarter, measured=measured
                )
                places.count(taken, lane, done.changed)
            if number == len(begun):
                begun.append(Begun(measured, size))
            begun[number].seconds = max(begun[number].seconds, doing.seconds)
            begun[number].changed += done.changed
            after = measured.high
            if measured.last:
                batches = number + 1
                break
    return begun
