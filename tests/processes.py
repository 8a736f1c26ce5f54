"""A pytest plugin for `-n`: how many processes run the tests, and which tests stay together.

What measures a site under load would fail beside another such test, and what a folder or a module
shares is to be made once: each of them is a unit that one process takes as a whole.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

AT_MOST = 2
GIVEN = ("DATABASE_URL", "REDIS_URL")
WHOLE = ("tests/system/", "tests/browser/", "tests/elsewhere/")
"""Folders that are one unit. They take longest and so come first, in this order."""


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
    """The folder or module that a test is taken with."""
    module = nodeid.partition("::")[0]
    return next((folder for folder in WHOLE if module.startswith(folder)), module)


def rank(name: str) -> int:
    return WHOLE.index(name) if name in WHOLE else len(WHOLE)
