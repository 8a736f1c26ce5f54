"""What two releases did, from the requests of their processes to the comparison."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from demo.services import Services
from tests.system.canary_crew import Canary
from tests.system.drill import Drill, Process, eventually

pytestmark = [pytest.mark.system, pytest.mark.long]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.system.comparison_settings"}
SLOT, SETTLED = 3, 3
SUMS = (
    "SELECT release, sum(requests)::int, sum(slots)::int, min(first_slot), max(last_slot)"
    " FROM zdt_deploy_observation WHERE phase = 'beside' GROUP BY release ORDER BY release"
)


class Site:
    """A web process of each release."""

    def __init__(self, drill: Drill) -> None:
        self.drill = drill
        for release in ("1.0", "2.0"):
            self.start("browse", release=release)
        alive = "SELECT count(*) FROM zdt_core_process WHERE left_at IS NULL"
        eventually(lambda: drill.number(alive) == 2, "both to join", 60)

    def start(self, *words: str, release: str = "1.0") -> Process:
        self.drill.environment["ZDT_VERSION"] = release
        return self.drill.start(*words)

    def served(self) -> dict[int, dict[str, int]]:
        """The requests of each release by slot, as Redis has them."""
        redis, found = self.drill.redis(), dict[int, dict[str, int]]()
        for key in redis.scan_iter(match="zdt:o:*:s:*", count=1000):
            start, release = key.decode().rpartition(":s:")[2].split(":", 1)
            found.setdefault(int(start), {})[release] = int(redis.hget(key, "n") or 0)
        return found

    def closed(self, since: float) -> list[int]:
        """Slots in which both served, that began after ``since`` and are closed."""
        now = time.time() - SLOT - SETTLED
        return [s for s, by in self.served().items() if len(by) == 2 and since <= s <= now]


def test_each_slot_is_taken_in_once_though_who_copies_is_killed(tmp_path: Path) -> None:
    with Services.private() as services, Drill(services, tmp_path, **SETTINGS) as drill:
        drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
        site = Site(drill)
        canary = Canary(drill)
        since = time.time()
        eventually(lambda: len(site.closed(since)) >= 1, "a slot of both", 60)
        first = site.start("zdt_ticker")
        canary.eventually(lambda: drill.rows(SUMS), "what it copied", 60)
        first.kill()
        before = len(site.closed(since))
        eventually(lambda: len(site.closed(since)) > before, "another slot", 60)
        site.start("zdt_ticker")
        enough = drill.rows(SUMS)[0][2] + 1
        canary.eventually(lambda: drill.rows(SUMS)[0][2] >= enough, "the rest", 60)

        rows, served = drill.rows(SUMS), site.served()
        assert [row[0] for row in rows] == ["1.0", "2.0"]
        for release, requests, slots, first_slot, last_slot in rows:
            starts = [start for start in served if first_slot <= start <= last_slot]
            assert 2 <= slots <= len(starts)
            there = sum(served[start].get(release, 0) for start in starts)
            assert 0.5 * there <= requests <= there, "less what came late, and nothing twice"

        said = drill.manage("zdt_deployment", "compare", canary.id, "--json")
        beside, _ = json.loads(next(line for line in said.splitlines() if line[:1] == "{"))[
            "comparisons"
        ]
        [error] = beside["errors"]
        assert (error["text"], error["change"], error["sure"]) == ("order %s is lost", "new", True)
        [query] = [each for each in beside["queries"] if each["text"] == "SELECT ?"]
        assert beside["new"]["requests"] == rows[1][1]
        assert abs(query["new"]["calls"] - rows[1][1]) <= 2, "but what a flush cuts in two"
