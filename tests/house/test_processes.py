"""The suite in two processes: who starts servers, what stays together, and what ends a hang."""

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import processes

ROOT = Path(__file__).resolve().parents[2]
HAPPY = """
import os, pathlib
def test_its_servers():
    pathlib.Path(__file__).with_suffix(".txt").write_text(os.environ["REDIS_URL"])
"""
DEAF = """
import signal, time
def test_that_hangs():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    time.sleep(600)
def test_after_it(): pass
"""


def options(numprocesses: int | str | None, **others: bool) -> Namespace:
    return Namespace(
        **{"numprocesses": numprocesses, "usepdb": False, "collectonly": False, **others}
    )


@pytest.fixture
def alone(monkeypatch):
    """As in the process that was started by hand, on a machine with two CPUs."""
    for name in (*processes.GIVEN, "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_two_processes_run_the_tests(alone):
    assert processes.pytest_xdist_auto_num_workers() == 2


@pytest.mark.parametrize("name", processes.GIVEN)
def test_given_servers_serve_one_process(alone, monkeypatch, name):
    monkeypatch.setenv(name, "given")

    assert processes.pytest_xdist_auto_num_workers() == 0


def test_one_cpu_has_one_process(alone, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)

    assert processes.pytest_xdist_auto_num_workers() == 0


@pytest.mark.parametrize("given", [options("auto"), options(2), options(1)])
def test_who_hands_out_tests_runs_none(alone, given):
    assert processes.hands_out(given)


@pytest.mark.parametrize(
    "given",
    [options(None), options(0), options("auto", usepdb=True), options("auto", collectonly=True)],
)
def test_who_runs_tests_hands_out_none(alone, given):
    assert not processes.hands_out(given)


def test_who_was_handed_tests_hands_out_none(alone, monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")

    assert not processes.hands_out(options("auto"))


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("tests/core/test_x.py::TestA::test_b[c::d]", "tests/core/test_x.py"),
        ("tests/system/test_drain.py::test_b[asgi]", processes.UNDER_LOAD),
        ("tests/docs/test_tutorial.py::test_a", processes.UNDER_LOAD),
        ("tests/system/test_jobs.py::test_a", "tests/system/test_jobs.py"),
    ],
)
def test_a_module_stays_together_and_so_does_what_measures_under_load(nodeid, unit):
    assert processes.unit(nodeid) == unit


def test_what_takes_longest_comes_first():
    units = [*processes.UNITS, "tests/system/test_jobs.py", "tests/core/test_x.py"]
    backwards = units[::-1]

    assert sorted(backwards, key=processes.rank) == units


def test_what_units_name_exists():
    paths = [path for paths in processes.UNITS.values() for path in paths]
    modules = [f"tests/system/test_{name}.py" for name in processes.APART]

    assert not [path for path in (*paths, *modules) if not (ROOT / path).exists()]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Writes modules and runs them in two processes, as the suite runs; what pytest said."""

    def run(**modules: str) -> str:
        for name, text in modules.items():
            (tmp_path / f"test_{name}.py").write_text(text)
        ours = {*processes.GIVEN, "PYTEST_XDIST_WORKER"}
        plugins = ("xdist", "pytest_timeout", "tests.rules", "tests.processes", "tests.embedded")
        return subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-n2", "-c", os.devnull, "--rootdir", tmp_path),
                *(word for name in plugins for word in ("-p", name)),
                *("-o", "faulthandler_timeout=3", "-o", "faulthandler_exit_on_timeout=true"),
                *("--timeout=1", tmp_path),
            ],
            env={name: value for name, value in os.environ.items() if name not in ours}
            | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        ).stdout

    return run


@pytest.mark.long
def test_each_process_has_servers_of_its_own(run, tmp_path):
    assert "2 passed" in run(one=HAPPY, two=HAPPY)

    assert len({path.read_text() for path in tmp_path.glob("test_*.txt")}) == 2


@pytest.mark.long
def test_a_test_that_hears_no_alarm_takes_its_process_with_it_and_nothing_else(run):
    said = run(deaf=DEAF, happy=HAPPY)

    assert "1 failed, 2 passed" in said
    assert "crashed while running" in said
