"""Which releases of a service have processes that can take users, as the fleet knows."""

from __future__ import annotations

from zdt_core import fleet, gates
from zdt_core.fleet import Member, Standing

ROLE = "web"


def count(environment: str, service: str, release: str) -> int:
    """How many web processes of ``release`` are live and take requests."""
    return sum(map(_serves, _web(environment, service, release)))


def releases(environment: str, service: str) -> list[str]:
    """The releases that have such a process."""
    return sorted({member.release for member in _web(environment, service) if _serves(member)})


def condition(environment: str, service: str, release: str, code: str) -> gates.Finding:
    """Open when ``release`` has such a process, closed with ``code`` when it has none.

    Unknown when the only ones that it has are silent: they may be alive.
    """
    found = _web(environment, service, release)
    if any(map(_serves, found)):
        return gates.open_()
    silent = [member for member in found if member.standing is Standing.SILENT]
    if silent:
        seconds = round(min(member.seen_seconds_ago for member in silent))
        return gates.unknown("process_silent", release=release, seconds=seconds)
    others = releases(environment, service)
    at = {"service": service, "environment": environment}
    return gates.closed(code, release=release, alive=", ".join(others) or "-", **at)


def _web(environment: str, service: str, release: str | None = None) -> list[Member]:
    return fleet.members(environment=environment, service=service, release=release, role=ROLE)


def _serves(member: Member) -> bool:
    return member.standing is Standing.LIVE and not member.draining
