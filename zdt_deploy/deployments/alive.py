"""Which releases of a service have processes that can take users, as the fleet knows."""

from __future__ import annotations

from zdt_core import fleet, gates
from zdt_core.fleet import Member, Standing

ROLE = "web"


def count(environment: str, service: str, release: str) -> int:
    """How many web processes of ``release`` are live and take requests."""
    return sum(map(serves, web(environment, service, release)))


def releases(environment: str, service: str) -> list[str]:
    """The releases that have such a process."""
    return sorted({member.release for member in web(environment, service) if serves(member)})


def regions(environment: str, service: str) -> list[str]:
    """The regions that have such a process of any release."""
    return sorted({member.region for member in web(environment, service) if serves(member)})


def condition(
    environment: str, service: str, release: str, code: str, region: str = ""
) -> gates.Finding:
    """Open when ``release`` has such a process (in ``region``), closed with ``code`` when it has
    none.

    Unknown when the only ones that it has are silent: they may be alive.
    """
    everyone = [m for m in web(environment, service) if not region or m.region == region]
    found = [member for member in everyone if member.release == release]
    if any(map(serves, found)):
        return gates.open_()
    silent = [member for member in found if is_silent(member)]
    if silent:
        seconds = round(min(member.seen_seconds_ago for member in silent))
        return gates.unknown("process_silent", release=release, seconds=seconds)
    others = sorted({member.release for member in everyone if serves(member)})
    at = {"service": service, "environment": environment}
    at |= {"region": region} if region else {}
    return gates.closed(code, release=release, alive=", ".join(others) or "-", **at)


def web(environment: str, service: str, release: str | None = None) -> list[Member]:
    """The web processes of ``service``, those that are gone among them."""
    return fleet.members(environment=environment, service=service, release=release, role=ROLE)


def serves(member: Member) -> bool:
    """Whether it takes requests."""
    return member.standing is Standing.LIVE and not member.draining


def is_silent(member: Member) -> bool:
    """Whether nobody knows if it is alive."""
    return member.standing is Standing.SILENT


def is_gone(member: Member) -> bool:
    return member.standing is Standing.GONE
