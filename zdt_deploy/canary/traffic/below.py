"""A pattern for "less than", for proxies that compare text only. No I/O."""

from __future__ import annotations

DIGITS = 5
"""Those of the cookie `zdt_bucket`: 00000 to 99999."""


def below(number: int, digits: int = DIGITS) -> str:
    """A regular expression for the numbers under ``number``, written with just so many ``digits``.

    It knows no more than classes, counts and alternatives, so that RE2, PCRE and Envoy take it;
    it is not anchored. Raises ValueError where it would match nothing or everything.
    """
    if not 0 < number < 10**digits:
        raise ValueError(f"A number between 0 and {10**digits}, not {number}.")
    text = f"{number:0{digits}d}"
    choices = [
        text[:place] + _up_to(int(digit) - 1) + _any(digits - place - 1)
        for place, digit in enumerate(text)
        if digit != "0"
    ]
    return choices[0] if len(choices) == 1 else f"({'|'.join(choices)})"


def _up_to(digit: int) -> str:
    return "0" if digit == 0 else f"[0-{digit}]"


def _any(count: int) -> str:
    return "" if count == 0 else "[0-9]" if count == 1 else f"[0-9]{{{count}}}"
