"""A canary whose every process reaches PostgreSQL through PgBouncer in transaction mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.services import Services
from tests.system.canary_crew import Canary, Crew
from tests.system.drill import Drill

pytestmark = [pytest.mark.system, pytest.mark.long]


def test_a_canary_is_watched_and_taken_back_through_a_pooler(
    services: Services, tmp_path: Path
) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.system.canary_settings"}
    with Drill(services, tmp_path, **settings) as drill:
        drill.manage("migrate", "--run-syncdb", "--verbosity", "0")
        drill.environment["DATABASE_URL"] = services.pgbouncer()
        crew = Crew(drill)
        canary = Canary(drill)
        canary.wait_for_verdicts(2)
        crew.kill_worker()
        crew.replace_dead()
        canary.wait_for_verdicts(2)

        crew.web("2.0", errors=0.6)
        canary.wait_for("rolled_back")

        assert canary.fact("code") in ("canary_broken", "canary_errors_exceed")
        canary.assert_every_slot_is_accounted_for()
        canary.assert_rolled_back_once()
