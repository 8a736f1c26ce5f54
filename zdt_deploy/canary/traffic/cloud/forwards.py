"""An ALB's actions and conditions, as far as zdt changes them. No I/O.

Of a rule only the forward action and the condition on the header ``Cookie`` are zdt's; what else
it has stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zdt_deploy.canary.traffic.cloud.cookie import MENTIONS

HEAVIEST = 999
"""The largest weight that an ALB takes."""

_TWICE = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}
"""Conditions that are told in two ways, and may be given in one."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Target groups by ARN with their weights. ``sticky`` ones keep users on a group whatever the
    weights say, so zdt never asks for that."""

    weights: Mapping[str, int]
    sticky: bool = False

    def __post_init__(self) -> None:
        for arn, weight in self.weights.items():
            if not 0 <= weight <= HEAVIEST:
                raise ValueError(f"{arn} cannot have the weight {weight}.")

    @property
    def only(self) -> str | None:
        """The one group that gets everything; None where there are several."""
        return next(iter(self.weights)) if len(self.weights) == 1 else None

    def action(self, order: int | None) -> dict[str, Any]:
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in self.weights.items()]
        config = {
            "TargetGroups": groups,
            "TargetGroupStickinessConfig": {"Enabled": self.sticky},
        }
        found: dict[str, Any] = {"Type": "forward", "ForwardConfig": config}
        return found if order is None else {**found, "Order": order}


def to(*arns: str) -> Forward:
    """Everything to the first group; the others get nothing, but are asked whether they are
    healthy."""
    return Forward({arn: 0 if number else 1 for number, arn in enumerate(arns)})


def forward_of(actions: Iterable[Mapping[str, Any]]) -> Forward | None:
    """Where ``actions`` send requests; None where they send them nowhere, or oddly."""
    found = next((each for each in actions if each.get("Type") == "forward"), None)
    if found is None:
        return None
    config = found.get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or [{"TargetGroupArn": found.get("TargetGroupArn")}]
    sticky = bool(config.get("TargetGroupStickinessConfig", {}).get("Enabled"))
    try:
        return Forward({each["TargetGroupArn"]: each.get("Weight", 1) for each in groups}, sticky)
    except ValueError:
        return None


def with_forward(actions: Sequence[Mapping[str, Any]], wanted: Forward) -> list[dict[str, Any]]:
    """``actions`` with ``wanted`` in place of their forward; a login before it stays."""
    return [
        wanted.action(each.get("Order")) if each.get("Type") == "forward" else _as_it_is(each)
        for each in actions
    ]


def expression_of(conditions: Iterable[Mapping[str, Any]]) -> str | None:
    """The expression on the cookie; None where there is none."""
    found = [expression for each in conditions for expression in _expressions(each)]
    return found[0] if len(found) == 1 else None


def with_expression(
    conditions: Sequence[Mapping[str, Any]], expression: str
) -> list[dict[str, Any]]:
    """``conditions`` with ``expression`` in place of the one on the cookie."""
    ours = {"HttpHeaderName": "Cookie", "RegexValues": [expression]}
    return [
        {"Field": "http-header", "HttpHeaderConfig": ours} if _is_ours(each) else _once(each)
        for each in conditions
    ]


def is_members(conditions: Iterable[Mapping[str, Any]]) -> bool:
    """True where one condition looks for the cookie."""
    return sum(_is_ours(each) for each in conditions) == 1


def _is_ours(condition: Mapping[str, Any]) -> bool:
    return any(MENTIONS in each for each in _expressions(condition, values=True))


def _expressions(condition: Mapping[str, Any], *, values: bool = False) -> list[str]:
    config = condition.get("HttpHeaderConfig") or {}
    if str(config.get("HttpHeaderName", "")).lower() != "cookie":
        return []
    plain = config.get("Values") or [] if values else []
    return [*(config.get("RegexValues") or []), *plain]


def _as_it_is(action: Mapping[str, Any]) -> dict[str, Any]:
    """A login's secret is never told, so it has to be asked to stay."""
    given = dict(action)
    if "AuthenticateOidcConfig" in given:
        given["AuthenticateOidcConfig"] = {
            **given["AuthenticateOidcConfig"],
            "UseExistingClientSecret": True,
        }
    return given


def _once(condition: Mapping[str, Any]) -> dict[str, Any]:
    both = _TWICE.get(str(condition.get("Field")))
    if both is None or not condition.get(both):
        return {name: value for name, value in condition.items() if value}
    return {"Field": condition["Field"], both: condition[both]}
