"""Rules for every run of the suite, as a plugin of pytest: no Django in here."""

import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("zdt", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("zdt")


if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # Started in the background of a shell: the programs that tests interrupt would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

LONG_SECONDS = 600


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A long test that hangs ends too, only later. What only the newest PostgreSQL has is no test
    of an older one."""
    if os.environ.get("ZDT_POSTGRES") == "16":
        too_new = [item for item in items if item.get_closest_marker("postgres_18")]
        items[:] = [item for item in items if item not in too_new]
        config.hook.pytest_deselected(items=too_new)
    for item in items:
        if item.get_closest_marker("long") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG_SECONDS))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ZDT_NO_SKIPS=1 a skipped test fails the run: CI has all that the tests can ask for."""
    if not os.environ.get("ZDT_NO_SKIPS"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"\n{len(skipped)} skipped, which ZDT_NO_SKIPS=1 forbids", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
