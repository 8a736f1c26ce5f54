"""Nobody stands beside a balancer of a cloud: web processes take an unwatched canary out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.services import Services
from tests.deploy.canary.traffic.cloud import amazon
from tests.system.canary_crew import Canary, Crew
from tests.system.drill import Drill

VALID_SECONDS = 12


@pytest.fixture
def site() -> Iterator[amazon.Site]:
    with amazon.moto() as back:
        door = amazon.Door(back.application)
        yield amazon.Site(back, door, region="eu-west-1")
        door.close()


@pytest.mark.system
@pytest.mark.long
def test_a_lapsed_share_is_taken_out_of_the_balancer_though_ticker_and_workers_are_dead(
    services: Services, tmp_path: Path, site: amazon.Site
) -> None:
    with Drill(
        services, tmp_path, DJANGO_SETTINGS_MODULE="tests.system.balancer_settings",
        BALANCER=json.dumps(site.options()), AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true",
    ) as drill:  # fmt: skip
        drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
        crew = Crew(drill)
        canary = Canary(drill, valid_seconds=VALID_SECONDS)
        canary.wait_for("observing")
        assert site.sends(site.members) == {"2.0": 1}
        canary.wait_for_verdicts(2)

        crew.kill_ticker()
        crew.kill_worker()
        canary.eventually(lambda: not site.anywhere("2.0"), "the canary to be out", 60)
        assert canary.fact("state") in ("observing", "held"), "nobody was there to say so"
        shut = "SELECT count(*) FROM zdt_core_event WHERE kind = 'traffic.shut'"
        canary.eventually(lambda: drill.number(shut) == 1, "it to be on record", 30)

        crew.replace_dead()
        canary.wait_for("rolled_back")
        assert canary.fact("code") == "unwatched"
        assert not site.anywhere("2.0")
