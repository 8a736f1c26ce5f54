"""Has every router seen the share? The fleet's acknowledgements, and what they allow to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from zdt_core import fleet
from zdt_core.fleet.standing import Standing
from zdt_deploy.canary.traffic.agent import FACT, HOLDS
from zdt_deploy.canary.traffic.cloud import standing

ROUTER = "router"
ROLES = ("web", ROUTER)


class Process(Protocol):
    """What `zdt_core.fleet.Member` has."""

    @property
    def instance(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def acknowledged(self) -> Mapping[str, int]: ...
    @property
    def standing(self) -> Standing: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Followers:
    """Processes that may route, by what is known of them; those that signed off do not.

    ``followed`` have acknowledged the share, ``behind`` are live and have acknowledged another
    one, ``unheard`` are silent and had not acknowledged it. A newer one is another as well: it is
    of a past that the database has lost, until `overtaking` has seen to it. ``mute`` are live and
    acknowledge nothing: they don't route, or are of a kind that cannot say so. A router that has
    acknowledged nothing is behind: it routes, and its proxy may not do what it should.
    """

    followed: tuple[str, ...]
    behind: tuple[str, ...]
    unheard: tuple[str, ...]
    mute: int

    def facts(self) -> dict[str, Any]:
        return {
            "followed": len(self.followed),
            "behind": list(self.behind),
            "unheard": list(self.unheard),
            "mute": self.mute,
        }


def of(
    environment: str, service: str, epoch: int, region: str = "", leaving: str = ""
) -> Followers:
    """The processes and balancers of ``service`` (in ``region``, where one is named), and which
    have seen ``epoch`` of its share, or any where it is 0. ``leaving`` is the release that users
    are taken from."""
    everyone = fleet.members(environment=environment, service=service, departed=False)
    members = [member for member in everyone if region in ("", member.region)]
    balancers = standing.of(environment, service, region)
    return count([*members, *balancers], f"share:{service}", epoch, leaving)


def count(members: Iterable[Process], name: str, epoch: int, leaving: str = "") -> Followers:
    """Sort ``members`` by whether they have acknowledged ``epoch`` of ``name``."""
    followed, behind, unheard, mute = [], [], [], 0
    for member in members:
        if member.role not in ROLES or _is_gone(member, leaving):
            continue
        seen = member.acknowledged.get(name)
        if seen is not None and seen >= 0 and epoch in (0, seen):
            followed.append(member.instance)
        elif member.standing is not Standing.LIVE:
            unheard.append(member.instance)
        elif seen is None and member.role != ROUTER:
            mute += 1
        else:
            behind.append(member.instance)
    return Followers(tuple(followed), tuple(behind), tuple(unheard), mute)


def _is_gone(member: Process, leaving: str) -> bool:
    """False for an agent that has ended beside a proxy which may hold users on ``leaving``."""
    if member.standing is not Standing.GONE:
        return False
    return not leaving or (member.facts.get(FACT) or {}).get(HOLDS) != leaving


def have_arrived(found: Followers, seconds: float, refresh: float) -> bool:
    """True when a share published ``seconds`` ago is obeyed everywhere.

    Whoever acknowledges must have done so. For those that never do, and those that are silent,
    the time within which any router refreshes (``refresh``) must have passed; so it must where
    nobody is known at all.
    """
    if found.behind:
        return False
    everybody_said_so = found.followed and not found.unheard and not found.mute
    return bool(everybody_said_so) or seconds > refresh


def have_returned(found: Followers, seconds: float, refresh: float, lapsed: bool) -> bool:
    """True when nobody sends users to the canary any more, ``seconds`` after 0 % was published.

    A silent process may still hold the old share: that ends when its validity has passed
    (``lapsed``), or when the process is gone. A proxy that holds its share goes on without its
    agent, until another one is there or somebody has it forgotten (`fleet.forget`).
    """
    return have_arrived(found, seconds, refresh) and (lapsed or not found.unheard)
