"""The one place that hashes an id into a bucket.

The coarse bucket is the definition of requirements D3 and F1,
``int(md5(key)[:8 hex], 16) % 100``. The fine bucket splits each of the hundred into a thousand,
so that a share can move in steps of 0.001 % while every whole percentage keeps exactly the
members that the definition gives it: ``fine(key) // 1000 == coarse(key)``.

Membership only grows: who is in at some percentage is in at every higher one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from struct import Struct

try:  # CPython's own code: less than half of what OpenSSL's set-up costs, and there under FIPS
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:  # a build without it
    md5 = partial(hashlib.md5, usedforsecurity=False)

STEPS = 100_000
"""How many fine buckets there are; 1 % is a thousand of them."""

_first_four_bytes = Struct(">I").unpack_from


def _hash(key: str) -> int:
    digest = md5(key.encode()).digest()
    number: int = _first_four_bytes(digest)[0]
    return number


def coarse(key: str) -> int:
    """The bucket of ``key``, 0 to 99."""
    return _hash(key) % 100


def fine(key: str) -> int:
    """The bucket of ``key`` in steps of 0.001 %, 0 to 99,999."""
    number: int = _first_four_bytes(md5(key.encode()).digest())[0]
    return number % 100 * 1000 + number // 100 % 1000


def threshold(percentage: Decimal | float | int) -> int:
    """How many fine buckets ``percentage`` (0 to 100) covers.

    Raises ValueError outside that range, for NaN, and for more than three decimals.
    """
    exact = Decimal(str(percentage))
    if not exact.is_finite() or not 0 <= exact <= 100:
        raise ValueError(f"A percentage lies between 0 and 100, not {percentage}.")
    steps = exact * 1000
    if steps != steps.to_integral_value():
        raise ValueError(f"A percentage has at most three decimals, not {percentage}.")
    return int(steps)


def within(key: str, percentage: Decimal | float | int) -> bool:
    """True when ``key`` belongs to the first ``percentage`` of all buckets."""
    return fine(key) < threshold(percentage)


def members(prefix: str, threshold: int) -> Callable[[str | None], bool]:
    """The quick form of ``fine(prefix + user) < threshold`` for many users; nobody is no member."""
    whole, part = divmod(threshold, 1000)

    def is_member(user: str | None) -> bool:
        if user is None:
            return False
        number: int = _first_four_bytes(md5((prefix + user).encode()).digest())[0]
        hundredth = number % 100
        return hundredth < whole or (hundredth == whole and number // 100 % 1000 < part)

    return is_member
