"""Can what a source answered be true? No I/O."""

from __future__ import annotations

from dataclasses import replace

from zdt_core.metering.samples import Sample
from zdt_deploy.canary.samples import flaw, is_count

LONGEST_CODE = 60


def sound(sample: object, first: int, last: int) -> Sample:
    """``sample``, with a problem where its numbers cannot be true.

    Raises ValueError for what is no sample of the windows from ``first`` to ``last``.
    """
    if not isinstance(sample, Sample):
        raise ValueError("no sample")
    if type(sample.window) is not int or not first <= sample.window <= last:
        raise ValueError("a window that nobody asked for")
    if not (isinstance(sample.release, str) and isinstance(sample.instance, str)):
        raise ValueError("names that are none")
    if not isinstance(sample.problem, str) or len(sample.problem) > LONGEST_CODE:
        raise ValueError("a problem that is no code")
    if sample.problem:
        return sample
    found = flaw(sample) if is_count(sample.misrouted) else "count_invalid"
    return replace(sample, problem=found) if found else sample
