"""Everybody around a canary in a drill: two releases, who watches, and a service manager."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.system.drill import Drill, Process, eventually, kill

PLAN = {
    "steps": [
        {"percentage": 20, "bake_seconds": 3600},
        {"percentage": 100, "bake_seconds": 3600},
    ],
    "judge": "thresholds",
    "interval_seconds": 2,
    "minimum_sample": 100,
    "patience_seconds": 60,
    "valid_seconds": 30,
}
"""It stays at 20 % by itself. The validity allows for a machine that is slow to start processes."""

JUDGED = "SELECT count(*) FROM zdt_deploy_verdict WHERE deployment_id = %s AND outcome = 'ok'"


class Crew:
    """A web process of each release, a worker and a ticker, each replaced when it dies."""

    def __init__(self, drill: Drill) -> None:
        self.drill = drill
        self.stable, self.canary = self.web("1.0"), self.web("2.0")
        self.worker, self.ticker = drill.start("zdt_worker"), drill.start("zdt_ticker")
        alive = "SELECT count(*) FROM zdt_core_process WHERE left_at IS NULL"
        eventually(lambda: drill.number(alive) >= 5, "everybody to join", 180)

    def web(self, release: str, errors: float = 0.01) -> Process:
        self.drill.environment["ZDT_VERSION"] = release
        process = self.drill.start("visit", "--errors", str(errors))
        self.drill.environment["ZDT_VERSION"] = "1.0"
        return process

    def replace_dead(self) -> None:
        if not self.worker.alive:
            self.worker = self.drill.start("zdt_worker")
        if not self.ticker.alive:
            self.ticker = self.drill.start("zdt_ticker")

    # ---- blows ----

    def kill_child(self) -> None:
        """The process that serves the monitor's queue."""
        kill(eventually(lambda: self.worker.child("zdt-monitor"), "a monitor's worker", 60))

    def kill_worker(self) -> None:
        """The supervisor with all its children, as when a machine goes away."""
        children = self.worker.children()
        self.worker.kill()
        for pid in children:
            kill(pid)

    def kill_supervisor(self) -> None:
        self.worker.kill()

    def kill_ticker(self) -> None:
        self.ticker.kill()


class Canary:
    """A deployment of release 2.0 in the drill's database."""

    def __init__(self, drill: Drill, **plan: Any) -> None:
        self.drill = drill
        self.id = drill.manage("launch", json.dumps({**PLAN, **plan})).strip()

    def fact(self, column: str) -> Any:
        query = f"SELECT {column} FROM zdt_deploy_deployment WHERE id = %s"
        return self.drill.number(query, self.id)

    def wait_for(self, state: str, within: float = 90) -> None:
        self.eventually(lambda: self.fact("state") == state, f"the state {state}", within)

    def wait_for_verdicts(self, number: int = 3, within: float = 90) -> None:
        """So many further good verdicts."""
        before = self.drill.number(JUDGED, self.id)
        enough = before + number
        self.eventually(lambda: self.drill.number(JUDGED, self.id) >= enough, "verdicts", within)

    def eventually(self, condition: Callable[[], object], what: str, within: float) -> None:
        """Like `drill.eventually`, and tells what became of the deployment where it fails."""
        try:
            eventually(condition, what, within)
        except AssertionError as error:
            story = [self.fact("state"), self.fact("code"), *self.verdicts()[-12:]]
            error.add_note("\n".join(map(str, story)))
            error.add_note(self.drill.logs())
            raise

    def verdicts(self) -> list[tuple[int, int, str]]:
        return self.drill.rows(
            "SELECT slot, last_slot, outcome FROM zdt_deploy_verdict WHERE deployment_id = %s"
            " ORDER BY slot", self.id,
        )  # fmt: skip

    def facts(self, kind: str) -> int:
        """How many events of that kind it has."""
        query = "SELECT count(*) FROM zdt_core_event WHERE kind = %s AND subject_id = %s"
        return int(self.drill.number(f"{query} AND NOT refused", kind, self.id))

    def assert_every_slot_is_accounted_for(self) -> None:
        """Each slot once: judged, or within one row that says it was missed."""
        expected = 0
        for slot, last, outcome in self.verdicts():
            assert slot == expected, f"slot {expected} has no record before {slot}"
            assert outcome == "missed" or slot == last
            expected = last + 1

    def assert_rolled_back_once(self) -> None:
        assert self.facts("deployment.rolled_back") == 1
        assert self.facts("deployment.rollback_finished") == 1
        keys = self.drill.rows("SELECT key FROM visitors_called WHERE deployment = %s", self.id)
        assert keys, "the callback was called"
        assert len(set(keys)) == 1, "and may be called again only under the same key"

    def visits(self, release: str) -> int:
        """Requests of ``release`` in the newest two windows that anybody reported."""
        redis = self.drill.redis()
        found: dict[int, int] = {}
        for key in redis.scan_iter(match="zdt:m:*:w:*", count=1000):
            window, member = key.decode().rpartition(":w:")[2].split(":", 1)
            served = int(redis.hget(key, "n") or 0) if member.startswith(f"{release}:") else 0
            found[int(window)] = found.get(int(window), 0) + served
        return sum(found[window] for window in sorted(found)[-2:])
