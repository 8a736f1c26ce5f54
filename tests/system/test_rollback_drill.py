"""A rollback is rehearsed with real processes, and its worker is killed on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demo.services import Services
from tests.system.canary_crew import Canary, Crew
from tests.system.drill import Drill

pytestmark = [pytest.mark.system, pytest.mark.long]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.system.rehearsal_settings"}


def test_a_rollback_is_rehearsed_and_timed_though_its_worker_dies(
    services: Services, tmp_path: Path
) -> None:
    with Drill(services, tmp_path, **SETTINGS) as drill:
        drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
        crew, canary = Crew(drill), Canary(drill)
        canary.wait_for("observing")
        canary.wait_for_verdicts(2)
        begun = json.loads(drill.manage("zdt_drill", "start", "--reason", "monthly", "--json"))
        assert begun["drill"]["outcome"] in ("called", "returning")
        second = drill.attempt("zdt_drill", "start")
        assert (second.returncode, "announced or under way" in second.stderr) == (1, True)

        canary.wait_for("rolled_back")
        crew.kill_worker()
        crew.replace_dead()
        query = "SELECT state FROM zdt_deploy_drill WHERE finished_at IS NOT NULL"
        canary.eventually(lambda: drill.rows(query), "the drill to end", 90)

        (made,) = json.loads(drill.manage("zdt_drill", "history", "--json"))["drills"]
        decision, zero, stable = (each["seconds"] for each in made["times"])
        assert (made["outcome"], made["accuracy_seconds"]) == ("passed", 2), made
        assert 0 < decision <= zero
        assert decision <= stable
        assert canary.fact("code") == "drill_rolls_back"
        canary.assert_rolled_back_once()
        assert (
            drill.number("SELECT count(*) FROM zdt_core_event WHERE kind = 'drill.finished'") == 1
        )
