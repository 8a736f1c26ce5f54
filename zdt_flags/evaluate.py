"""What a flag answers for a user. No I/O.

The order is that of requirement F1: an unknown flag is off, a disabled one is off, who is denied
is off, who is allowed is on, then the percentage decides, and without one the flag is on.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from zdt_core import buckets


class Reason(enum.StrEnum):
    """Which rule gave the answer."""

    UNKNOWN = "unknown"
    DISABLED = "disabled"
    DENIED = "denied"
    ALLOWED = "allowed"
    PERCENTAGE = "percentage"
    ON = "on"
    OVERRIDDEN = "overridden"  # by a test


@dataclass(frozen=True, slots=True)
class Definition:
    """A flag as it is stored. ``salt`` is hashed in place of the name where it is given."""

    name: str
    enabled: bool
    percentage: Decimal | None = None
    salt: str = ""
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()

    @property
    def threshold(self) -> int:
        """How many fine buckets are on; all of them without a percentage."""
        return buckets.STEPS if self.percentage is None else buckets.threshold(self.percentage)

    @property
    def prefix(self) -> str:
        """What stands before the user's id in the text that is hashed."""
        return f"{self.salt or self.name}:"


@dataclass(frozen=True, slots=True)
class Answer:
    """On or off, by which rule, and the user's bucket (0 to 99.999) where one was looked at."""

    on: bool
    reason: Reason
    bucket: Decimal | None = None


Rule = bool | Callable[[str | None], bool]
"""A flag made ready to be asked: its answer for everybody, or a function of the user's id."""


def compile_rule(flag: Definition) -> Rule:
    """The quickest form of ``flag``; it answers what `explain` explains."""
    threshold, allow, deny = flag.threshold, flag.allow, flag.deny
    everyone = threshold == buckets.STEPS
    if not flag.enabled or (threshold == 0 and not allow):
        return False
    if everyone and not deny:
        return True
    is_member = buckets.members(flag.prefix, threshold)
    if not allow and not deny:
        return is_member

    def rule(user: str | None) -> bool:
        if user in deny:
            return False
        return everyone or user in allow or is_member(user)

    return rule


def explain(flag: Definition, user: str | None) -> Answer:
    """The answer for ``user`` with its reason. Nobody (None) is on only where everybody is."""
    if not flag.enabled:
        return Answer(False, Reason.DISABLED)
    if user in flag.deny:
        return Answer(False, Reason.DENIED)
    if user in flag.allow:
        return Answer(True, Reason.ALLOWED)
    if flag.percentage is None:
        return Answer(True, Reason.ON)
    if user is None:
        return Answer(flag.threshold == buckets.STEPS, Reason.PERCENTAGE)
    bucket = buckets.fine(flag.prefix + user)
    return Answer(bucket < flag.threshold, Reason.PERCENTAGE, Decimal(bucket) / 1000)
