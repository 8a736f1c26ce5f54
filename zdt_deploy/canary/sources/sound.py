"""Can what a source answered be true? No I/O."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from zdt_core.metering.samples import Sample
from zdt_deploy.canary.samples import flaw, is_count

LONGEST_CODE = 60
LONGEST_NAME = 32
_is_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*").fullmatch


def sound(sample: object, first: int, last: int) -> Sample:
    """``sample`` with its instance as a name that can be kept, and with a problem where its numbers
    cannot be true.

    Raises ValueError for what is no sample of the windows from ``first`` to ``last``.
    """
    if not isinstance(sample, Sample):
        raise ValueError("no sample")
    if type(sample.window) is not int or not first <= sample.window <= last:
        raise ValueError("a window that nobody asked for")
    if not (isinstance(sample.release, str) and isinstance(sample.instance, str)):
        raise ValueError("names that are none")
    sample = replace(sample, instance=named(sample.instance))
    if not isinstance(sample.problem, str) or len(sample.problem) > LONGEST_CODE:
        raise ValueError("a problem that is no code")
    if sample.problem:
        return sample
    found = flaw(sample) if is_count(sample.misrouted) else "count_invalid"
    return replace(sample, problem=found) if found else sample


def named(instance: str) -> str:
    """``instance`` as a name of at most 32 letters, which addresses are not; the same each time."""
    if len(instance) <= LONGEST_NAME and _is_name(instance):
        return instance
    digest = hashlib.sha256(instance.encode()).hexdigest()[:12]
    return f"{re.sub('[^A-Za-z0-9]+', '-', instance).strip('-')[:19]}-{digest}".lstrip("-")
