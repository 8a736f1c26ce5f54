"""What each process tells of itself with its beats, so that the checklist need not ask it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from zdt_core import fleet
from zdt_core.conf import conf
from zdt_core.fleet import Member, Standing
from zdt_core.health import board, runner
from zdt_deploy.deployments import alive

FACT = "preflight"
_MIDDLEWARE = {
    "health": "HealthMiddleware", "drain": "DrainMiddleware", "metering": "MeteringMiddleware",
    "canary": "CanaryMiddleware",
}  # fmt: skip
_NOT_KNOWN = ("pending", "stale")


@dataclass(frozen=True, slots=True)
class Told:
    """What one process told. ``checks`` are its critical health checks: True, False, None where it
    has not run lately."""

    instance: str
    middleware: frozenset[str]
    checks: dict[str, bool | None]
    wait: float
    finish: float
    grace: float


def connect() -> None:
    """Tell with each beat of this process."""
    fleet.report(FACT, facts)


def facts() -> dict[str, Any]:
    """What this process tells."""
    names = {path.rpartition(".")[2] for path in settings.MIDDLEWARE}
    return {
        "middleware": [short for short, name in _MIDDLEWARE.items() if name in names],
        "checks": {check.name: _health(check) for check in runner.checks() if check.critical},
        "drain": [conf.DRAIN_WAIT, conf.DRAIN_FINISH, conf.DRAIN_GRACE],
    }


def of(environment: str, service: str, release: str) -> list[Told | None]:
    """What each live web process of a release told; None for one that told nothing."""
    at = {"environment": environment, "service": service, "release": release}
    found = fleet.members(**at, role=alive.ROLE, departed=False)
    return [_told(member) for member in found if member.standing is Standing.LIVE]


def _health(check: Any) -> bool | None:
    answer = board.answer(check)
    return None if answer.error in _NOT_KNOWN else answer.healthy


def _told(member: Member) -> Told | None:
    said = member.facts.get(FACT)
    if not isinstance(said, dict):
        return None
    wait, finish, grace = said["drain"]
    return Told(
        member.instance, frozenset(said["middleware"]), dict(said["checks"]), wait, finish, grace
    )
