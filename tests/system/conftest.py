"""Servers and sites for drills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.services import Services
from tests.system.drill import Drill


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """PostgreSQL and Valkey that a drill may stop, with the tables of a site."""
    with Services.private() as services:
        with Drill(services, tmp_path_factory.mktemp("site")) as site:
            site.manage("migrate", "--run-syncdb", "--verbosity", "0")
        yield services


@pytest.fixture
def drill(services: Services, tmp_path: Path) -> Iterator[Drill]:
    """A site on those servers, without runs and rows."""
    with Drill(services, tmp_path) as drill:
        yield drill
        print(drill.logs())  # pytest shows it where the test has failed
    with Drill(services, tmp_path) as cleaner:
        cleaner.do(
            "TRUNCATE zdt_core_process, zdt_core_run, zdt_core_lease, counting_row, counting_step"
        )
        cleaner.redis().flushall()
