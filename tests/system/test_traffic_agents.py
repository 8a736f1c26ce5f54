"""The dead-man's switch at real proxies: each with an agent of its own, killed one after the other.

The share is written by hand here, so that nobody renews it unless the test does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from demo.services import Services
from tests.deploy.canary.traffic.proxies import (
    Proxy,
    needs_haproxy,
    needs_njs,
    releases,
    running,
)
from tests.deploy.canary.traffic.visits import ask
from tests.system.drill import Drill, Process, eventually
from zdt_core import buckets
from zdt_deploy.canary.cookies import Visitor

pytestmark = [pytest.mark.system, pytest.mark.long, needs_haproxy, needs_njs]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.system.canary_settings"}
KINDS = ("haproxy", "nginx", "nginx-cookie")
VALID = 8.0
SLACK = 4.0
"""What a busy machine may take to look."""
PLACE = ("default", "test")
KEY = next(key for key in map(str, range(1000)) if buckets.coarse(key) < 5)
COOKIE = f"zdt_id={KEY}.signature; zdt_bucket={Visitor.of(KEY).bucket}"
PUBLISH = """
INSERT INTO zdt_deploy_trafficshare
    (service, environment, stable_release, canary_release, percentage, regions, epoch, valid_until)
VALUES (%s, %s, '1.0', '2.0', %s, '{}', 1, STATEMENT_TIMESTAMP() + make_interval(secs => %s))
ON CONFLICT (service, environment) DO UPDATE SET
    percentage = EXCLUDED.percentage, valid_until = EXCLUDED.valid_until,
    epoch = zdt_deploy_trafficshare.epoch + 1
RETURNING epoch
"""


class Edge:
    """Proxies with their agents, and a share that the test moves."""

    def __init__(self, drill: Drill, proxies: list[Proxy]) -> None:
        self.drill, self.proxies = drill, proxies
        self.agents: list[Process] = []

    def start_agents(self) -> None:
        self.agents = [
            self.drill.start("zdt_traffic_agent", "follow", *proxy.arguments)
            for proxy in self.proxies
        ]

    def kill_agents(self) -> None:
        for agent in self.agents:
            agent.kill()

    def restart_proxies(self) -> None:
        for proxy in self.proxies:
            proxy.end()
            proxy.start()

    def publish(self, percentage: int, seconds: float | None) -> int:
        """Publish a share that is valid for so long; returns its epoch."""
        return int(self.drill.number(PUBLISH, *PLACE, percentage, seconds))

    def agents_say(self) -> list[int | None]:
        """The epochs that agents have acknowledged which have not signed off."""
        rows = self.drill.rows(
            "SELECT (acknowledged->>'share:default')::int FROM zdt_core_process"
            " WHERE role = 'router' AND left_at IS NULL"
        )
        return [epoch for (epoch,) in rows]

    def at_canary(self) -> list[str]:
        """The proxies that send the visitor there."""
        return [
            proxy.kind for proxy in self.proxies if ask(proxy.address, [COOKIE]) == ["2.0 canary"]
        ]

    def eventually_at(self, *kinds: str, within: float = 40) -> float:
        """Wait until just these send the visitor to the canary; returns how long it took."""
        began = time.monotonic()
        try:
            eventually(lambda: self.at_canary() == list(kinds), f"{kinds} at the canary", within)
        except AssertionError as error:
            error.add_note(f"{self.at_canary()}\n{self.drill.logs()}")
            raise
        return time.monotonic() - began

    def eventually_acknowledged(self, epoch: int) -> None:
        eventually(
            lambda: self.agents_say() == [epoch] * len(KINDS),
            f"{epoch} to be acknowledged, not {self.agents_say()}", 30,
        )  # fmt: skip


@pytest.fixture
def edge(services: Services, tmp_path: Path) -> Iterator[Edge]:
    with ExitStack() as stack:
        pools = stack.enter_context(releases(tmp_path))
        proxies = [stack.enter_context(running(kind, tmp_path, pools)) for kind in KINDS]
        drill = stack.enter_context(Drill(services, tmp_path, **SETTINGS))
        drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
        for table in ("zdt_core_process", "zdt_deploy_trafficshare"):
            drill.do(f"DELETE FROM {table}")
        yield Edge(drill, proxies)


def test_nobody_stays_on_a_canary_that_is_not_renewed_whoever_dies(edge: Edge) -> None:
    epoch = edge.publish(5, 60)
    edge.start_agents()
    edge.eventually_at(*KINDS)
    edge.eventually_acknowledged(epoch)

    edge.publish(5, VALID)  # and nobody renews it
    edge.eventually_at(within=VALID + SLACK)

    edge.publish(5, VALID)
    edge.eventually_at(*KINDS)
    edge.kill_agents()
    edge.eventually_at(within=VALID + SLACK)
    edge.restart_proxies()
    assert edge.at_canary() == [], "each of them keeps the time"

    edge.start_agents()
    epoch = edge.publish(60, None)
    edge.eventually_at(*KINDS)
    edge.eventually_acknowledged(epoch)  # by three: they signed off for those that were killed
    edge.kill_agents()
    edge.restart_proxies()
    assert edge.at_canary() == list(KINDS), "from 50 % up a share holds"
