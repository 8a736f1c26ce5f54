"""Random draws that come out the same wherever they are made again; no I/O.

Only `random.Random.random` is used, whose numbers for a seed are promised to stay what they are.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from random import Random


def generator(*seed: object) -> Random:
    """A generator that is fixed by what it is for."""
    return Random(":".join(map(str, seed)))  # noqa: S311 (nobody gains by guessing it)


def kept(chance: Random, special: int, total: int, keep: int) -> int:
    """How many of ``special`` among ``total`` are within ``keep`` drawn ones: hypergeometric."""
    if keep > total - keep:
        return special - kept(chance, special, total, total - keep)
    if special > total - special:
        return keep - kept(chance, total - special, total, keep)
    found = 0
    for drawn in range(min(special, keep)):
        if special <= keep:  # is the next special one within those that are kept?
            found += chance.random() * (total - drawn) < keep - found
        else:  # is the next one that is kept special?
            found += chance.random() * (total - drawn) < special - found
    return found


def thinned(chance: Random, counts: Mapping[int, int], keep: int) -> dict[int, int]:
    """``keep`` of all that ``counts`` hold, drawn without putting back."""
    total = sum(counts.values())
    dropping = 2 * keep > total
    drawn = sorted(_some(chance, total, total - keep if dropping else keep))
    left: dict[int, int] = {}
    ends = begin = 0
    for name in sorted(counts):
        ends += counts[name]
        end = bisect_left(drawn, ends, begin)
        count = counts[name] - (end - begin) if dropping else end - begin
        if count:
            left[name] = count
        begin = end
    return left


def _some(chance: Random, total: int, count: int) -> set[int]:
    """``count`` different ones of the numbers below ``total``, each choice as likely as another.

    Source: Bentley, Floyd: "A sample of brilliance", Communications of the ACM 30 (1987).
    """
    found: set[int] = set()
    for last in range(total - count, total):
        drawn = int(chance.random() * (last + 1))
        found.add(last if drawn in found else drawn)
    return found


def successes(chance: Random, trials: int, share: float) -> int:
    """How many of ``trials`` succeed, each with the probability ``share``: binomial.

    Leaps from success to success, whose distances are geometric (Devroye: "Non-Uniform Random
    Variate Generation", 1986, chapter X.4).
    """
    if share <= 0 or trials <= 0:
        return 0
    if share >= 1:
        return trials
    per, found, at = math.log1p(-share), 0, 0
    while True:
        at += 1 + int(math.log1p(-chance.random()) / per)
        if at > trials:
            return found
        found += 1
