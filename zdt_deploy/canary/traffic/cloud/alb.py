"""Amazon's Application Load Balancer: a rule for the canary's visitors, and one for the others.

The rule ``members`` has a condition on the header ``Cookie``, whose expression is moved with the
share; what both forward to is set as a whole, never by weights of 0, and target group stickiness
is always off, as it would outlast a rollback. See docs/how-to/balancers.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from zdt_core.exceptions import ConfigurationError, Refused
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.base import Applied, wanted
from zdt_deploy.canary.traffic.cloud import forwards, split
from zdt_deploy.canary.traffic.cloud.amazon import Balancing
from zdt_deploy.canary.traffic.cloud.forwards import Forward
from zdt_deploy.canary.traffic.cloud.groups import Groups
from zdt_deploy.canary.traffic.cloud.split import Places

_RULE, _LISTENER = ":listener-rule/", ":listener/"
_WELL = ("healthy", "unavailable")
"""States of a target that may get requests; nobody asks an *unavailable* one for its health."""


@dataclass(frozen=True, slots=True)
class Place:
    """A rule, or a listener's default (which has no conditions), as it is now."""

    arn: str
    actions: Sequence[dict[str, Any]]
    conditions: Sequence[dict[str, Any]] = field(default_factory=tuple)

    @property
    def forward(self) -> Forward | None:
        return forwards.forward_of(self.actions)


class Alb:
    """``members`` is a rule's ARN, ``others`` that of a rule or of the listener; ``newcomers``,
    too, where visitors without a cookie are split by weight. ``target_groups``: see `Groups`."""

    step, keeps_time = 1, False

    def __init__(
        self, name: str, stable: str, canary: str, *, members: str, others: str,
        target_groups: str | Sequence[str], newcomers: str = "", region: str = "",
        endpoint: str = "",
    ) -> None:  # fmt: skip
        self.name, self._stable, self._canary = name, stable, canary
        self._arns = {"members": members, "others": others}
        if newcomers:
            self._arns["newcomers"] = newcomers
        _check(self._arns)
        self._balancing = Balancing(name, region or members.split(":")[3], endpoint)
        self._groups = Groups(self._balancing, target_groups)

    def read(self) -> Applied | None:
        groups = self._groups.of(self._stable, self._canary)
        places = {name: self._place(name) for name in self._arns}
        self._check_members(places["members"])
        found = self._split(places)
        known = (groups.get(self._stable), groups.get(self._canary))
        threshold = split.threshold_of(found, *known)
        return None if threshold is None else Applied(self._stable, self._canary, threshold)

    def set(self, route: Route) -> None:
        asked = wanted(route, self.step)
        stable = self._group(asked.stable) if asked.threshold < split.ALL else ""
        canary = self._group(asked.canary) if asked.threshold > 0 else ""
        idle = self._idle(canary) if canary else ""
        weighted = "newcomers" in self._arns
        if not idle:
            self._write(split.places(asked.threshold, stable, canary, weighted=weighted))
            return
        self._write(split.waiting(stable or self._group(asked.stable), canary, weighted=weighted))
        name = self._groups.name(asked.canary)
        raise self._refused("balancer_group_idle", group=name, states=idle)

    def _group(self, release: str) -> str:
        if not release:
            raise self._refused("balancer_without_release")
        found = self._groups.of(release).get(release)
        if found is None:
            raise self._refused("balancer_missing", what=self._groups.name(release))
        return found

    def _idle(self, group: str) -> str:
        """The states of a group's targets if none of them is well."""
        told = self._balancing.ask("describe_target_health", TargetGroupArn=group)
        states = [each["TargetHealth"]["State"] for each in told["TargetHealthDescriptions"]]
        if any(state in _WELL for state in states):
            return ""
        return ", ".join(sorted(set(states))) or "none is registered"

    def _place(self, name: str) -> Place:
        """As it is now. Raises Refused where it is not there, or forwards nothing."""
        arn = self._arns[name]
        if _RULE in arn:
            told = self._balancing.ask("describe_rules", RuleArns=[arn])["Rules"]
            found = [Place(arn, each["Actions"], each["Conditions"]) for each in told]
        else:
            told = self._balancing.ask("describe_listeners", ListenerArns=[arn])["Listeners"]
            found = [Place(arn, each["DefaultActions"]) for each in told]
        if not found:
            raise self._refused("balancer_missing", what=arn)
        if not any(each.get("Type") == "forward" for each in found[0].actions):
            raise self._misfit(arn, "it forwards to no target group")
        return found[0]

    def _check_members(self, place: Place) -> None:
        if not forwards.is_members(place.conditions):
            reason = "it needs one condition on the header Cookie, for zdt_bucket"
            raise self._misfit(place.arn, reason)

    def _split(self, places: dict[str, Place]) -> Places:
        newcomers = places.get("newcomers")
        return Places(
            members=places["members"].forward,
            others=places["others"].forward,
            newcomers=newcomers.forward if newcomers else None,
            expression=forwards.expression_of(places["members"].conditions),
            weighted=newcomers is not None,
        )

    def _write(self, asked: Places) -> None:
        """Change what differs; where one cannot be changed, or is not there, the others are all the
        same, so that a rollback gets as far as it can."""
        failed: Refused | None = None
        for name in self._arns:
            forward = getattr(asked, name)
            expression = asked.expression if name == "members" else None
            try:
                place = self._place(name)
                if expression is not None:
                    self._check_members(place)
                if _differs(place, forward, expression):
                    self._change(place, forward, expression)
            except Refused as refusal:
                failed = failed or refusal
        if failed is not None:
            raise failed

    def _change(self, place: Place, forward: Forward, expression: str | None) -> None:
        actions = forwards.with_forward(place.actions, forward)
        if _RULE not in place.arn:
            self._balancing.ask("modify_listener", ListenerArn=place.arn, DefaultActions=actions)
            return
        given: dict[str, Any] = {"RuleArn": place.arn, "Actions": actions}
        if expression is not None:
            given["Conditions"] = forwards.with_expression(place.conditions, expression)
        self._balancing.ask("modify_rule", **given)

    def _misfit(self, arn: str, reason: str) -> Refused:
        return self._refused("balancer_misfit", what=arn, reason=reason)

    def _refused(self, code: str, **params: Any) -> Refused:
        return Refused(code, balancer=self.name, **params)


def _differs(place: Place, forward: Forward, expression: str | None) -> bool:
    if place.forward != forward:
        return True
    return expression is not None and forwards.expression_of(place.conditions) != expression


def _check(arns: dict[str, str]) -> None:
    for name, arn in arns.items():
        kinds = (_RULE,) if name == "members" else (_RULE, _LISTENER)
        if not isinstance(arn, str) or not any(kind in arn for kind in kinds):
            raise ConfigurationError(
                f"{name} is the ARN of a listener's rule"
                f"{'' if len(kinds) == 1 else ' or of a listener'}, not {arn!r}."
            )
    if len(set(arns.values())) < len(arns):
        raise ConfigurationError(f"{', '.join(arns)} are different rules.")
