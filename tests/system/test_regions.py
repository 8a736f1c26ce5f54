"""Two regions of one site, each with processes, a ticker and a Redis of its own; one worker."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from demo.services import Services
from tests.system.canary_crew import Canary
from tests.system.drill import Drill, Process, eventually
from zdt_deploy.canary.share import key

pytestmark = pytest.mark.system
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.system.canary_settings"}
PLAN = {
    "strategy": "regional",
    "steps": [
        {"region": "us", "percentage": 20, "bake_seconds": 4},
        {"region": "eu", "percentage": 20, "bake_seconds": 3600},
        {"percentage": 100, "bake_seconds": 3600},
    ],
}


class Sites:
    """A web process of each release in each region; the worker is in us, the operator, too."""

    def __init__(self, drill: Drill, servers: dict[str, Services]) -> None:
        self.drill, self.servers = drill, servers
        self.webs = {(region, release): self.start(region, "visit", release=release)
                     for region in ("us", "eu") for release in ("1.0", "2.0")}  # fmt: skip
        self.tickers = {region: self.start(region, "zdt_ticker") for region in ("eu", "us")}
        self.start("us", "zdt_worker")
        alive = "SELECT count(*) FROM zdt_core_process WHERE left_at IS NULL"
        eventually(lambda: drill.number(alive) >= 8, "everybody to join", 180)

    def start(self, region: str, *words: str, release: str = "1.0") -> Process:
        self.drill.environment |= self._place(region) | {"ZDT_VERSION": release}
        started = self.drill.start(*words)
        self.drill.environment |= self._place("us")
        return started

    def _place(self, region: str) -> dict[str, str]:
        return {"ZDT_REGION": region, "REDIS_URL": self.servers[region].redis_url}

    def redis(self, region: str) -> Redis:
        return Redis.from_url(self.servers[region].redis_url, socket_timeout=5)

    def percentage(self, region: str) -> str:
        """The share of ``region`` as its own Redis tells it."""
        held = self.redis(region).get(key("test", "default"))
        assert isinstance(held, bytes)
        return str(json.loads(held)["regions"][region])

    def visits(self, region: str, release: str) -> int:
        """Requests of ``release`` in the newest two windows that ``region`` reported."""
        redis, found = self.redis(region), dict[int, int]()
        for name in redis.scan_iter(match=f"zdt:m:*:{region}:*:w:*", count=1000):
            window, member = name.decode().rpartition(":w:")[2].split(":", 1)
            served = int(redis.hget(name, "n") or 0) if member.startswith(f"{release}:") else 0
            found[int(window)] = found.get(int(window), 0) + served
        return sum(found[window] for window in sorted(found)[-2:])


@pytest.fixture(scope="module")
def running(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    folder: Path = tmp_path_factory.mktemp("regions")
    with Drill(services, folder, **SETTINGS) as drill:
        drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
        with Services(given={"DATABASE_URL": services.database_url}, export=False) as eu:
            yield Sites(drill, {"us": services, "eu": eu})


@pytest.fixture
def sites(running: Sites) -> Sites:
    """Once nobody is on the new release any more."""
    eventually(
        lambda: not any(running.visits(region, "2.0") for region in ("us", "eu")),
        "all to be on 1.0",
        60,
    )
    return running


@pytest.mark.long
def test_a_release_goes_from_region_to_region_and_trouble_in_one_takes_all_back(
    sites: Sites,
) -> None:
    canary = Canary(sites.drill, **PLAN)
    canary.eventually(lambda: sites.visits("us", "2.0") > 0, "users in us", 60)
    assert sites.visits("eu", "2.0") == 0, "the second region waits"

    canary.eventually(lambda: canary.fact("step") == 1, "the second region", 90)
    canary.eventually(lambda: sites.visits("eu", "2.0") > 0, "users in eu", 60)
    assert sites.visits("us", "2.0") > 0, "and the first keeps its share"
    canary.wait_for_verdicts(1)
    assert "eu 20 %" in sites.drill.manage("zdt_deployment", "status", canary.id)

    bad = sites.start("eu", "visit", "--errors", "0.9", release="2.0")
    canary.wait_for("rolled_back")
    assert canary.fact("params->>'region'") == "eu"
    canary.eventually(
        lambda: not any(sites.visits(region, "2.0") for region in ("us", "eu")),
        "all to be back",
        20,
    )
    bad.kill()
    canary.assert_every_slot_is_accounted_for()
    canary.assert_rolled_back_once()


@pytest.mark.long
def test_a_region_that_nobody_reads_any_more_is_not_taken_for_a_healthy_one(sites: Sites) -> None:
    canary = Canary(sites.drill, **PLAN)
    canary.eventually(lambda: canary.fact("step") == 1, "the second region", 90)
    canary.wait_for_verdicts(1)
    sites.tickers["eu"].kill()
    canary.wait_for("held")
    assert canary.fact("params->>'region'") == "eu"
    sites.tickers["eu"] = sites.start("eu", "zdt_ticker")
    canary.wait_for("observing")
    sites.drill.manage("zdt_deployment", "rollback", canary.id, "--reason", "the drill is over")
    canary.wait_for("rolled_back")


@pytest.mark.long
def test_a_region_whose_redis_dies_is_held_and_can_be_taken_back_all_the_same(
    sites: Sites,
) -> None:
    canary = Canary(sites.drill, **PLAN)
    canary.eventually(lambda: canary.fact("step") == 1, "the second region", 90)
    canary.eventually(lambda: sites.visits("eu", "2.0") > 0, "users in eu", 60)
    canary.wait_for_verdicts(1)
    for region in ("us", "eu"):  # each has its copy, where no move was made, within ten seconds
        canary.eventually(lambda at=region: sites.percentage(at) == "20", f"a copy in {region}", 60)

    sites.servers["eu"].valkey.stop(empty=True)
    canary.wait_for("held")
    assert canary.fact("params->>'region'") == "eu"
    assert canary.fact("params->>'cause'") == "metrics_unavailable"

    asleep = sites.webs["eu", "1.0"]
    asleep.send(signal.SIGSTOP)
    words = ("rollback", canary.id, "--region", "eu", "--reason", "its Redis is away")
    assert "eu 0 %" in sites.drill.manage("zdt_deployment", *words)
    followed = (
        "SELECT acknowledged->>'share:default' = (SELECT epoch::text FROM zdt_deploy_trafficshare)"
        " FROM zdt_core_process WHERE pid = %s"
    )
    awake = sites.webs["eu", "2.0"].pid
    canary.eventually(lambda: sites.drill.number(followed, awake), "it to ask PostgreSQL", 30)
    canary.wait_for_verdicts(1)  # of us, which is seen as before
    assert canary.facts("deployment.region_returned") == 0, "one there has not been heard"
    asleep.send(signal.SIGCONT)
    returned = "deployment.region_returned"
    canary.eventually(lambda: canary.facts(returned) == 1, "all of eu to be back", 60)
    assert canary.fact("state") == "paused"

    sites.servers["eu"].valkey.start()
    canary.eventually(lambda: sites.visits("eu", "1.0") > 0, "eu's metrics to come again", 60)
    sites.drill.manage("zdt_deployment", "resume", canary.id)
    canary.wait_for("observing")
    canary.eventually(lambda: sites.visits("eu", "2.0") > 0, "users in eu again", 60)
    sites.drill.manage("zdt_deployment", "rollback", canary.id, "--reason", "the drill is over")
    canary.wait_for("rolled_back")
