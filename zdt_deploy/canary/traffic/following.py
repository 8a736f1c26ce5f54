"""The agent as a process: follows the share until somebody says stop."""

from __future__ import annotations

import signal
import socket
import threading

from zdt_core import database, fleet, identity, pulse
from zdt_core.conf import conf
from zdt_core.fleet.models import Process
from zdt_deploy.canary.router import BEAT, router
from zdt_deploy.canary.traffic.agent import FACT, Agent
from zdt_deploy.canary.traffic.base import Driver

FOLLOW_SECONDS = 0.5
SUCCEED_BEAT, SUCCEED_SECONDS = "canary.succession", 5.0


def follow(driver: Driver, default: str) -> None:
    """Keep ``driver`` at the share until SIGTERM or SIGINT. ``default`` serves while there is none.

    What the proxy does then stays so, and the next agent goes on with it. Where that sends users to
    a canary, this one does not sign off: until then a rollback has to wait for the share's end.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    agent = Agent(driver, router, default)
    fleet.report(FACT, agent.facts)
    pulse.beat(BEAT, FOLLOW_SECONDS, isolated=True)(agent.follow)  # instead of the router's own
    pulse.beat(SUCCEED_BEAT, SUCCEED_SECONDS, isolated=True)(lambda: _once(driver))
    fleet.join("router")
    try:
        stop.wait()
    finally:
        fleet.leave(sign_off=not agent.leaves_users)


def succeed(driver: Driver) -> int:
    """Sign off for agents of this very proxy that ended without doing so; returns how many.

    Raises DatabaseError when PostgreSQL is away.
    """
    before = Process.objects.filter(
        role=Process.Role.ROUTER,
        environment=conf.ENVIRONMENT,
        service=conf.SERVICE,
        host=socket.gethostname(),
        left_at=None,
        facts__contains={FACT: {"name": driver.name}},
    ).exclude(instance=identity.instance())
    return int(before.update(left_at=database.Now()))


def _once(driver: Driver) -> None:
    with pulse.one_session(), database.short_session():
        succeed(driver)
    pulse.forget(SUCCEED_BEAT)
