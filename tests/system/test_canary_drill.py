"""Kill drills of a canary: whoever dies, every slot is accounted for and nobody is left on it.

Leases, beats and patience are a tenth of the defaults.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.services import Services
from tests.system.canary_crew import PLAN, Canary, Crew
from tests.system.drill import Drill, eventually, kill

pytestmark = [pytest.mark.system, pytest.mark.long]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.system.canary_settings"}


@pytest.fixture(scope="module")
def crew(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    folder: Path = tmp_path_factory.mktemp("canary")
    with Drill(services, folder, **SETTINGS) as drill:
        drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
        yield Crew(drill)


@pytest.fixture
def canary(crew: Crew) -> Canary:
    """At 20 %, and judged well."""
    canary = Canary(crew.drill)
    canary.wait_for("observing")
    canary.wait_for_verdicts(2)
    return canary


def test_a_canary_is_watched_whoever_dies_and_left_by_itself_when_nobody_watches(
    crew: Crew, canary: Canary
) -> None:
    for blow in (crew.kill_child, crew.kill_worker, crew.kill_ticker):
        blow()
        crew.replace_dead()
        canary.wait_for_verdicts(2)
    assert canary.fact("state") in ("observing", "held")
    canary.assert_every_slot_is_accounted_for()
    assert canary.visits("2.0") > 0

    crew.kill_ticker()
    crew.kill_worker()
    gone_by = PLAN["valid_seconds"] + 5 * 2
    canary.eventually(lambda: canary.visits("2.0") == 0, "the canary to be left", gone_by)
    assert canary.visits("1.0") > 0
    assert canary.fact("state") in ("observing", "held"), "nobody was there to say so"

    crew.replace_dead()
    canary.wait_for("rolled_back")
    assert canary.fact("code") == "unwatched"
    assert "missed" in {outcome for _, _, outcome in canary.verdicts()}
    canary.assert_every_slot_is_accounted_for()
    canary.assert_rolled_back_once()


def test_a_bad_release_goes_back_though_its_rollback_is_killed(crew: Crew, canary: Canary) -> None:
    bad = crew.web("2.0", errors=0.6)
    canary.wait_for("rolling_back")
    holder = eventually(lambda: at_work_on_the_rollback(crew), "a rollback at work", 30)
    kill(holder)

    canary.wait_for("rolled_back")
    bad.kill()
    assert canary.fact("code") in ("canary_broken", "canary_errors_exceed")
    canary.assert_every_slot_is_accounted_for()
    canary.assert_rolled_back_once()
    canary.eventually(lambda: canary.visits("2.0") == 0, "everyone to be on stable", 20)


def test_a_canary_is_watched_through_twenty_random_blows(crew: Crew, canary: Canary) -> None:
    blows = [crew.kill_child, crew.kill_worker, crew.kill_supervisor, crew.kill_ticker]
    chosen = [random.choice(blows) for _ in range(20)]
    outages = [crew.drill.services.valkey.restart, lambda **_: stop_postgresql(crew)]
    for number, blow in enumerate(chosen):
        time.sleep(random.uniform(0, 3))  # the drill: a random moment
        blow()
        crew.replace_dead()
        if number in (6, 13):
            outages.pop(0)(empty=True)
        canary.wait_for_verdicts(1)
        canary.assert_every_slot_is_accounted_for()
    assert canary.fact("state") in ("observing", "held")

    bad = crew.web("2.0", errors=0.6)
    canary.wait_for("rolled_back", 120)
    bad.kill()
    canary.assert_every_slot_is_accounted_for()
    canary.assert_rolled_back_once()


def at_work_on_the_rollback(crew: Crew) -> int | None:
    found = crew.drill.rows(
        "SELECT p.pid FROM zdt_core_run r JOIN zdt_core_process p ON p.instance = r.holder"
        " WHERE r.kind = 'canary.rollback' AND r.state = 'ready' AND r.holder <> ''"
    )
    return int(found[0][0]) if found else None


def stop_postgresql(crew: Crew) -> None:
    crew.drill.services.postgres.stop(immediate=True)
    time.sleep(5)  # the drill: PostgreSQL is away for this long
    crew.drill.services.postgres.start()
