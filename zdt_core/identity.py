"""Which release, region, environment, service, track and process am I.

Every process has an instance id of its own, new after each fork. PostgreSQL learns it through
``application_name = zdt:RELEASE:INSTANCE`` (libpq reads PGAPPNAME, so it costs nothing), which is
how the fleet sees processes that never beat.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass

from zdt_core.conf import conf
from zdt_core.exceptions import ConfigurationError

PREFIX = "zdt:"
_instance = ""
_announced = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What one process is. ``instance`` is 12 hex digits, unique to this process's life."""

    release: str
    service: str
    environment: str
    region: str
    track: str
    instance: str
    host: str
    pid: int


def instance() -> str:
    """The id of this process; a forked child gets its own."""
    global _instance
    if not _instance:
        _instance = secrets.token_hex(6)
    return _instance


def release() -> str:
    """The release of this process. Raises ConfigurationError when ZDT_VERSION is not set."""
    version = conf.VERSION
    if version is None:
        raise ConfigurationError("Set ZDT_VERSION to the release that this process runs.")
    return version


def current() -> Identity:
    """Everything this process is."""
    return Identity(
        release=release(),
        service=conf.SERVICE,
        environment=conf.ENVIRONMENT,
        region=conf.REGION,
        track=conf.TRACK,
        instance=instance(),
        host=socket.gethostname(),
        pid=os.getpid(),
    )


def connection_name() -> str:
    """The PostgreSQL application name of this process, within its 63 bytes."""
    return f"{PREFIX}{release()}:{instance()}"


def parse_connection_name(name: str) -> tuple[str, str] | None:
    """``(release, instance)`` of an application name that zdt gave, else None."""
    parts = name.split(":")
    if len(parts) == 3 and name.startswith(PREFIX) and all(parts):
        return parts[1], parts[2]
    return None


def announce() -> None:
    """Give new PostgreSQL connections of this process its name, unless PGAPPNAME is taken."""
    global _announced
    _announced = True
    ours = os.environ.get("PGAPPNAME", PREFIX).startswith(PREFIX)
    if ours and conf.VERSION is not None:
        os.environ["PGAPPNAME"] = connection_name()


def _renew_after_fork() -> None:
    global _instance
    _instance = ""
    if _announced:
        announce()


os.register_at_fork(after_in_child=_renew_after_fork)
