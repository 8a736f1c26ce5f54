"""Which servers run where, as their processes told the fleet."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from zdt_core import fleet, identity
from zdt_core.conf import conf
from zdt_core.drain import marker
from zdt_core.exceptions import Refused
from zdt_core.fleet.roster import Member


def file_here() -> Path:
    """The drain file of the one server of this release on this host.

    Raises Refused ("no_server_here", "several_servers_here").
    """
    given = conf.DRAIN_FILE or os.environ.get(marker.VARIABLE)
    if given:
        return Path(given)
    where = {"service": conf.SERVICE, "release": identity.release(), "host": socket.gethostname()}
    files = sorted(
        {
            _file(member)
            for member in fleet.members(
                environment=conf.ENVIRONMENT,
                service=where["service"],
                release=where["release"],
                role="web",
            )
            if member.host == where["host"] and member.standing is not fleet.Standing.GONE
        }
        - {""}
    )
    if not files:
        raise Refused("no_server_here", **where)
    if len(files) > 1:
        raise Refused("several_servers_here", **where, files=", ".join(files))
    return Path(files[0])


def members(*, file: str | None = None, instance: str | None = None) -> list[Member]:
    """The processes of one server that are not gone, by its drain file or one of its processes."""
    present = [one for one in fleet.members() if one.standing is not fleet.Standing.GONE]
    if file is None:
        asked = next((one for one in present if one.instance == instance), None)
        if asked is None:
            return []
        file = _file(asked)
        if not file:
            return [asked]
        return [one for one in present if one.host == asked.host and _file(one) == file]
    here = socket.gethostname()
    return [one for one in present if one.host == here and _file(one) == file]


def are_idle(found: list[Member]) -> bool:
    """True when all refuse new requests and none has one in flight, or all have left."""
    return all(
        one.draining and _phase(one) in ("REFUSING", "OVERDUE") and one.in_flight == 0
        for one in found
    )


def _file(member: Member) -> str:
    return str(member.facts.get("drain", {}).get("file", ""))


def _phase(member: Member) -> str:
    return str(member.facts.get("drain", {}).get("phase", ""))
