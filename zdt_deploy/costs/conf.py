"""Settings of costs and advice."""

from __future__ import annotations

from typing import Any

from zdt_core.conf import Setting, Settings
from zdt_core.exceptions import Refused
from zdt_deploy.costs import figures

SAID = {"strong_consistency": bool, "monolith": bool, "internal_people": int}
LIMITS = ("requests_hour", "deployments_day", "reset_seconds", "least_hours")


def _costs(value: dict[str, Any]) -> str | None:
    for name, figure in value.items():
        try:
            figures.check(name, figure)
        except Refused as refusal:
            return f"is wrong: {refusal}"
    return None


def _advice(value: dict[str, Any]) -> str | None:
    known = ", ".join((*SAID, *LIMITS))
    for name, said in value.items():
        is_number = isinstance(said, (int, float)) and not isinstance(said, bool)
        if name in LIMITS:
            if not is_number or not 0 <= said <= figures.LARGEST:
                return f"must hold a number from 0 up as {name!r}, got {said!r}."
        elif name not in SAID:
            return f"has no {name!r}; it has {known}."
        elif SAID[name] is bool and not isinstance(said, bool):
            return f"must hold True or False as {name!r}, got {said!r}."
        elif SAID[name] is int and not (type(said) is int and said >= 0):
            return f"must hold a whole number from 0 up as {name!r}, got {said!r}."
    return None


class CostSettings(Settings):
    """Settings of costs and advice."""

    COSTS = Setting[dict[str, Any]](
        dict,
        {},
        "Figures that costs are reckoned from, where they differ from the defaults: "
        "{'instance_month': 250, 'currency': '€'}; `zdt_deployment cost --figures` shows them all.",
        _costs,
    )
    ADVICE = Setting[dict[str, Any]](
        dict,
        {},
        "What a site says of itself, for `zdt_deployment advice`: 'strong_consistency', 'monolith' "
        "(True or False), 'internal_people' (all users of an internal tool; 0 if it is none), and "
        "limits: 'requests_hour', 'deployments_day', 'reset_seconds', 'least_hours'.",
        _advice,
    )


conf = CostSettings()
