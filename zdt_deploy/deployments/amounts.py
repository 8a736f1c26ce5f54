"""Checks of the numbers and names that plans hold. No I/O.

Each takes what JSON or a person gave and returns it, or raises Refused with a code that names the
field. NaN, infinity and negative numbers never pass.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from zdt_core.exceptions import Refused
from zdt_deploy.deployments.durations import LONGEST

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def percentage(value: Any) -> Decimal:
    """A share of users above 0 and up to 100, in steps of 0.001."""
    exact = _decimal(value)
    if exact is None or not exact.is_finite() or not 0 < exact <= 100:
        raise Refused("percentage_out_of_range", value=_shown(value))
    exact = exact.normalize()
    if exact != round(exact, 3):
        raise Refused("percentage_too_fine", value=_shown(value))
    return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact


def is_numeral(text: str) -> bool:
    """Whether ``text`` is a number at all, be it nan. 5_0 is none: it reads as 5, and means 50."""
    return _decimal(text) is not None


def number(field: str, value: Any) -> float:
    """A finite number from 0 up."""
    if not _is_number(value) or value < 0:
        raise invalid(field, value, "a number from 0 up")
    return float(value)


def number_or_none(field: str, value: Any) -> float | None:
    return None if value is None else number(field, value)


def seconds(field: str, value: Any) -> float:
    """A duration of at most a year."""
    if not _is_number(value) or not 0 <= value <= LONGEST:
        raise invalid(field, value, "seconds, from 0 to a year of them")
    return float(value)


def fraction(field: str, value: Any) -> float:
    if not _is_number(value) or not 0 <= value <= 1:
        raise invalid(field, value, "a fraction from 0 to 1 (0.02 is 2 %)")
    return float(value)


def part_or_none(field: str, value: Any) -> float | None:
    """A fraction that is neither 0 nor 1."""
    if value is None:
        return None
    if not _is_number(value) or not 0 < value < 1:
        raise invalid(field, value, "a fraction between 0 and 1 (0.2 is 20 %), or null")
    return float(value)


def count(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**31:
        raise invalid(field, value, "a whole number from 1 up")
    return value


def name(field: str, value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise invalid(field, value, "1 to 40 letters, digits, dots, dashes or underscores")
    return value


def one_of(field: str, value: Any, choices: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise invalid(field, value, "one of " + ", ".join(choices))
    return value


def invalid(field: str, value: Any, expected: str) -> Refused:
    """The refusal of ``value`` for ``field``."""
    return Refused("plan_field_invalid", field=field, value=_shown(value), expected=expected)


def _is_number(value: Any) -> bool:
    """NaN compares as False."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e15


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        text = str(value)
        return Decimal(text) if text.isascii() and "_" not in text else None
    except (InvalidOperation, ValueError, RecursionError):
        return None


def _shown(value: Any) -> str:
    """``value`` as text for a message, whatever was given."""
    try:
        return str(value)[:80]
    except (ValueError, RecursionError):  # an int of thousands of digits, or lists as deep
        return type(value).__name__
