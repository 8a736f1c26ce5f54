"""What a balancer that knows regular expressions looks for in the header ``Cookie``. No I/O.

`zdt_bucket` holds the fine bucket, so a share is one expression, and its members are those that
every other router works out. It matches a whole header, for balancers that ask for that; for others
it is anchored.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from zdt_core import buckets
from zdt_deploy.canary.traffic.below import DIGITS, below

_AROUND = "^(.*; ?)?zdt_bucket={}(;.*)?$"
_ours = re.compile(re.escape(_AROUND).replace(r"\{\}", r"([0-9\[\]{}|()-]+)")).fullmatch

MENTIONS = "zdt_bucket="
KNOWN = _AROUND.format("[0-9]+")
"""Visitors that have the cookie, whatever it says."""


def members(threshold: int) -> str:
    """The expression for the visitors whose fine bucket is below ``threshold``, neither none nor
    all."""
    return _AROUND.format(below(threshold))


def threshold_of(expression: str) -> int | None:
    """The share that ``expression`` stands for; None where it is none of `members`."""
    found = _ours(expression)
    if found is None:
        return None
    try:
        fits = re.compile(found[1]).fullmatch
    except re.error:
        return None
    threshold = bisect_left(range(buckets.STEPS), 1, key=lambda n: fits(f"{n:0{DIGITS}d}") is None)
    if 0 < threshold < buckets.STEPS and members(threshold) == expression:
        return threshold
    return None
