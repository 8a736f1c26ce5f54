"""A pytest plugin for `-n`: how many processes run the tests, and which tests stay together.

A process takes tests by units: a module, or a folder whose tests share what takes long to make.
What starts a site under load and measures it is one unit, too: it could fail beside its like.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

AT_MOST = 2
GIVEN = ("DATABASE_URL", "REDIS_URL")
UNDER_LOAD = "under load"
UNITS = {
    UNDER_LOAD: ("tests/system/", "tests/docs/test_tutorial.py"),
    "projects": ("tests/elsewhere/",),
    "browser": ("tests/browser/",),
}
"""What takes longest comes first."""
APART = ("apps_alone", "audit_in_a_host_project", "broken_ground", "doors_alone", "fleet",
         "flags_propagation", "jobs", "pipelines", "prometheus")  # fmt: skip
"""Modules of `tests/system` that put no load on anything and measure none."""


def pytest_xdist_auto_num_workers() -> int:
    """Two where there are two CPUs, each with servers of its own; given servers serve one."""
    if any(map(os.environ.get, GIVEN)):
        return 0
    number = min(AT_MOST, os.cpu_count() or 1)
    return number if number > 1 else 0


def hands_out(options: argparse.Namespace) -> bool:
    """Whether this process runs no test itself, but hands them to others."""
    number = options.numprocesses
    if number == "auto":
        number = 0 if options.usepdb else pytest_xdist_auto_num_workers()
    return bool(number) and not options.collectonly and "PYTEST_XDIST_WORKER" not in os.environ


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    config.option.loadscopereorder = False
    return Units(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process that takes units: in the order in which they are handed out."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(unit(item.nodeid)))


class Units(LoadScopeScheduling):
    """Hands out units in the order of the collection."""

    def remove_node(self, node: Any) -> str | None:
        """The test at which a process died. It is not tried again: it would kill the next."""
        units = self.assigned_work.pop(node)
        left = [
            (tests, nodeid)
            for tests in units.values()
            for nodeid, done in tests.items()
            if not done
        ]
        if not left:
            return None
        tests, died_at = left[0]
        tests[died_at] = True
        self.workqueue |= {name: tests for name, tests in units.items() if not all(tests.values())}
        for other in self.assigned_work:
            self._reschedule(other)
        return died_at

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def unit(nodeid: str) -> str:
    """What a test is taken with."""
    module = nodeid.partition("::")[0]
    if _is_apart(module):
        return module
    return next((name for name, paths in UNITS.items() if module.startswith(paths)), module)


def rank(name: str) -> int:
    """The place of a unit: those of `UNITS`, what else starts processes, all others."""
    if name in UNITS:
        return list(UNITS).index(name)
    return len(UNITS) + (not _is_apart(name))


def _is_apart(module: str) -> bool:
    return module in {f"tests/system/test_{name}.py" for name in APART}
