"""The agent as a process: follows the share until somebody says stop."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

from zdt_core import fleet, pulse
from zdt_deploy.canary.router import BEAT, router
from zdt_deploy.canary.traffic.haproxy.agent import Agent
from zdt_deploy.canary.traffic.haproxy.runtime import Runtime

FOLLOW_SECONDS = 0.5


def follow(*, socket: Path, map_file: Path, default: str) -> None:
    """Keep the map at the share until SIGTERM or SIGINT. ``default`` serves while there is none."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    agent = Agent(Runtime(socket, map_file), router, default)
    pulse.beat(BEAT, FOLLOW_SECONDS, isolated=True)(agent.follow)  # instead of the router's own
    fleet.join("router")
    try:
        stop.wait()
    finally:
        fleet.leave()
