"""What each process tells of itself with its beats, so that the checklist need not ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from zdt_core import fleet
from zdt_core.conf import conf
from zdt_core.fleet import Member, Standing
from zdt_core.health import board, runner
from zdt_deploy.deployments import alive
from zdt_deploy.preflight.results import Result, Seen, unknown

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

    @property
    def broken(self) -> list[str]:
        """The checks that say that it is not healthy."""
        return [name for name, healthy in self.checks.items() if healthy is False]

    @property
    def unchecked(self) -> list[str]:
        """The checks that have said nothing lately; "-" where there is none at all."""
        if not self.checks:
            return ["-"]
        return [name for name, healthy in self.checks.items() if healthy is None]


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
    return [_told(member) for member in _there(environment, service, release) if _is_live(member)]


def worst(environment: str, service: str, release: str, look: Callable[[Told], Seen]) -> Seen:
    """What ``look`` makes of the worst web process of a release; it takes one that told something
    to pass, and none that is silent."""
    there = _there(environment, service, release)
    told = [_told(member) for member in there if _is_live(member)]
    silent = [member.instance for member in there if not _is_live(member)]
    if not there:
        return unknown("preflight_nobody_told", release=release)
    found = [look(each) for each in told if each is not None]
    if failure := _first(found, Result.FAILED):
        return failure
    if silent:
        facts = {"n": len(silent), "instance": silent[0]}
        return unknown("preflight_process_silent", release=release, **facts)
    if None in told:
        return unknown("preflight_process_mute", release=release)
    if doubt := _first(found, Result.UNKNOWN):
        return doubt
    return Seen(found[0].result, found[0].code, {**found[0].params, "n": len(found)})


def _there(environment: str, service: str, release: str) -> list[Member]:
    """Its web processes, those among them that may be alive."""
    at = {"environment": environment, "service": service, "release": release}
    found = fleet.members(**at, role=alive.ROLE, departed=False)
    return [member for member in found if member.standing is not Standing.GONE]


def _is_live(member: Member) -> bool:
    return member.standing is Standing.LIVE


def _first(found: Iterable[Seen], result: Result) -> Seen | None:
    return next((seen for seen in found if seen.result is result), None)


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
