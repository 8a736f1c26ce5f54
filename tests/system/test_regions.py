"""Two regions of one site, each with processes and a ticker of its own, and one worker for both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.services import Services
from tests.system.canary_crew import Canary
from tests.system.drill import Drill, Process, eventually

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
    """A web process of each release in each region; the worker is in us."""

    def __init__(self, drill: Drill) -> None:
        self.drill = drill
        self.webs = [self.start(region, "visit", release=release)
                     for region in ("us", "eu") for release in ("1.0", "2.0")]  # fmt: skip
        self.start("us", "zdt_worker")
        self.tickers = {region: self.start(region, "zdt_ticker") for region in ("us", "eu")}
        alive = "SELECT count(*) FROM zdt_core_process WHERE left_at IS NULL"
        eventually(lambda: drill.number(alive) >= 8, "everybody to join", 180)

    def start(self, region: str, *words: str, release: str = "1.0") -> Process:
        self.drill.environment |= {"ZDT_REGION": region, "ZDT_VERSION": release}
        return self.drill.start(*words)

    def visits(self, region: str, release: str) -> int:
        """Requests of ``release`` in the newest two windows that ``region`` reported."""
        redis, found = self.drill.redis(), dict[int, int]()
        for key in redis.scan_iter(match=f"zdt:m:*:{region}:*:w:*", count=1000):
            window, member = key.decode().rpartition(":w:")[2].split(":", 1)
            served = int(redis.hget(key, "n") or 0) if member.startswith(f"{release}:") else 0
            found[int(window)] = found.get(int(window), 0) + served
        return sum(found[window] for window in sorted(found)[-2:])


@pytest.fixture(scope="module")
def sites(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    folder: Path = tmp_path_factory.mktemp("regions")
    with Drill(services, folder, **SETTINGS) as drill:
        drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
        yield Sites(drill)


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
