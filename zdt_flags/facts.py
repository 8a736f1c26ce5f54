"""A flag as plain JSON values: what events, commands and the console say about it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zdt_flags.models import Flag, Target


def facts_of(flag: Flag) -> dict[str, Any]:
    """Everything that decides or describes ``flag``; a percentage is a text such as "12.5"."""
    targets = list(Target.objects.filter(flag=flag).order_by("value"))
    return {
        "enabled": flag.enabled,
        "percentage": None if flag.percentage is None else plain(flag.percentage),
        "allow": [each.value for each in targets if each.verdict == Target.Verdict.ALLOW],
        "deny": [each.value for each in targets if each.verdict == Target.Verdict.DENY],
        "salt": flag.salt,
        "description": flag.description,
        "owner": flag.owner,
    }


def plain(percentage: Decimal) -> str:
    """``percentage`` without needless zeros: "25", "12.5"."""
    text = f"{percentage:.3f}"
    return text.rstrip("0").rstrip(".")
