"""What the body of a start asks for, as the arguments of `machine.start`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zdt_core.access.fields import Field
from zdt_core.conf import conf
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import catalogue, durations
from zdt_deploy.deployments.api.actions import CLOSE_WINDOW, FORCE, REASON
from zdt_deploy.deployments.api.refusing import unreadable
from zdt_deploy.deployments.artifacts import PREFIX, Shipped
from zdt_deploy.deployments.plans import Plan, parse_steps
from zdt_deploy.deployments.states import Strategy

MOST_ARTIFACTS = 200
FIELDS = (
    Field(
        "version", "The new release; a process of it must be running.", required=True, longest=40
    ),
    Field("service", "The service; that of this site by default.", longest=40),
    Field("environment", "The environment; that of the token, which it must be.", longest=40),
    Field("previous_version", "The stable release, if zdt can't tell.", longest=40),
    Field("strategy", "canary by default.", choices=tuple(str(each) for each in Strategy)),
    Field(
        "plan",
        "The name of a plan, or an object with fields of a plan; the strategy's default otherwise.",
        ("string", "object"),
        longest=40,
    ),
    Field("steps", "Percentages such as 5,25,50,100; 5:10m gives one its own time.", longest=1000),
    Field("bake", "How long each step is watched, such as 30m.", longest=20),
    Field(
        "artifacts",
        'What is shipped: names and digests, such as {"web": "sha256:…"}.',
        ("object",),
    ),
    REASON,
    Field("hold", "Only record it; begin goes on.", ("boolean",), default=False),
    Field(
        "emergency",
        "Record it, and ask another person to let it pass freezes and skip observation.",
        ("boolean",),
        default=False,
    ),
    CLOSE_WINDOW,
    FORCE,
)


def read(said: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `machine.start`, but for who asks and where. Raises Problem 422."""
    return {
        "version": said["version"],
        "service": said["service"] or conf.SERVICE,
        "previous_version": said["previous_version"],
        "plan": _plan(said),
        "artifacts": _artifacts(said["artifacts"] or {}),
        **{name: said[name] for name in ("hold", "close_window", "force")},
        "reason": said["reason"] or "",
    }


def _plan(said: dict[str, Any]) -> Plan:
    with unreadable("plan"):
        plan = _named(said["plan"], said["strategy"])
    bake = None
    if said["bake"]:
        with unreadable("bake"):
            bake = durations.parse(said["bake"])
    with unreadable("steps"):
        if said["steps"]:
            default = plan.steps[0].bake_seconds if bake is None else bake
            plan = plan.changed({"steps": parse_steps(said["steps"], default)})
        elif bake is not None:
            plan = plan.changed({"steps": [replace(s, bake_seconds=bake) for s in plan.steps]})
    return plan


def _named(plan: str | dict[str, Any] | None, strategy: str | None) -> Plan:
    if isinstance(plan, dict):
        return Plan.wished({"strategy": strategy, **plan} if strategy else plan)
    if not plan:
        return catalogue.default(strategy or Strategy.CANARY)
    found = catalogue.find(plan)
    return found.changed({"strategy": strategy}) if strategy else found


def _artifacts(given: dict[str, Any]) -> list[Shipped]:
    with unreadable("artifacts"):
        if len(given) > MOST_ARTIFACTS:
            raise Refused("artifacts_too_many", most=MOST_ARTIFACTS)
        return [_shipped(name, digest) for name, digest in given.items()]


def _shipped(name: str, digest: Any) -> Shipped:
    if not isinstance(digest, str) or not digest.startswith(PREFIX):
        raise Refused("artifact_digest_malformed", name=name[:120], digest=str(digest)[:80])
    return Shipped(name, digest.removeprefix(PREFIX).lower())
