"""Processes that are replaced batch by batch, as a pipeline does that asks before each."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.services import Services
from tests.system.canary_crew import Canary
from tests.system.drill import Drill, Process, eventually

pytestmark = pytest.mark.system
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.system.canary_settings"}
PLAN = {
    "strategy": "rolling",
    "steps": [{"percentage": share, "bake_seconds": 3} for share in (50, 100)],
}


class Fleet:
    """Two web processes, a worker and a ticker, in the hands of an orchestrator."""

    def __init__(self, drill: Drill) -> None:
        self.drill = drill
        self.webs = {"1.0": [self.web("1.0"), self.web("1.0")], "2.0": []}
        drill.start("zdt_worker")
        drill.start("zdt_ticker")
        eventually(lambda: drill.number(_ALIVE, "%") >= 2, "both to join", 180)

    def web(self, release: str, errors: float = 0.01) -> Process:
        self.drill.environment["ZDT_VERSION"] = release
        process = self.drill.start("visit", "--errors", str(errors))
        self.drill.environment["ZDT_VERSION"] = "1.0"
        return process

    def gate(self, canary: Canary, *words: str) -> dict[str, Any]:
        """The gate's answer; the exit code says the same."""
        done = self.drill.attempt("zdt_deployment", "gate", canary.id, "--json", *words)
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == ["open", "closed", "unknown"].index(found["answer"])
        return found

    def replace(self, old: str, new: str, errors: float = 0.01) -> None:
        """One process of ``new`` joins, then one of ``old`` leaves."""
        before = self.drill.number(_ALIVE, new)
        after = self.drill.number(_ALIVE, old) - 1
        self.webs[new].append(self.web(new, errors))
        eventually(lambda: self.drill.number(_ALIVE, new) > before, "the new process", 60)
        self.webs[old].pop().send(signal.SIGTERM)
        eventually(lambda: self.drill.number(_ALIVE, old) == after, "the old one to leave", 60)


_ALIVE = (
    "SELECT count(*) FROM zdt_core_process"
    " WHERE role = 'web' AND left_at IS NULL AND release LIKE %s"
)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """All on 1.0, and no way back that is still open."""
    with Services.private() as services, Drill(services, tmp_path, **SETTINGS) as drill:
        drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
        yield Fleet(drill)


@pytest.mark.long
def test_a_bad_batch_goes_back_once_its_processes_are_replaced(fleet: Fleet) -> None:
    canary = Canary(fleet.drill, **PLAN)
    assert fleet.gate(canary, "--wait", "1m")["most"] == 1
    fleet.replace("1.0", "2.0", errors=0.6)
    canary.wait_for("rolling_back")
    assert fleet.gate(canary)["code"] == "batch_going_back"
    assert canary.fact("code") == "canary_errors_exceed"

    fleet.replace("2.0", "1.0")
    canary.wait_for("rolled_back")
    canary.assert_every_slot_is_accounted_for()
    canary.assert_rolled_back_once()


@pytest.mark.long
def test_a_pipeline_that_asks_before_each_batch_brings_a_release_to_all(fleet: Fleet) -> None:
    canary = Canary(fleet.drill, **PLAN)
    batches = 0
    while True:
        found = fleet.gate(canary, "--wait", "2m")
        if found["answer"] != "open":
            break
        fleet.replace("1.0", "2.0")
        batches += 1
    assert (found["code"], batches) == ("batch_done", 2)
    canary.wait_for("baking")
    canary.assert_every_slot_is_accounted_for()
