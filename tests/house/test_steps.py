"""The list of checks: all are run, each is named, failures are counted."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import everything
from tests.steps import Outcome, Step, summary

RUN = """
import sys
from tests.steps import Step, run
sys.exit(run([Step(name, ("sh", "-c", command)) for name, command in {steps!r}]))
"""


def start(*steps: tuple[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", RUN.format(steps=steps)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=everything.PROJECT,
    )


def runs(pid: int) -> bool:
    """Whether ``pid`` is a process that has not ended; one whose end nobody has read yet has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_a_failure_does_not_hide_the_next_step():
    running = start(("first", "exit 3"), ("second", "echo done"))
    output = running.communicate(timeout=60)[0]

    assert "done" in output
    assert output.splitlines()[-1] == "1 passed, 1 failed"
    assert running.returncode == 1


def test_sigterm_ends_the_running_step_first():
    running = start(("slow", "echo $$; exec sleep 600"), ("never", "echo never"))
    pid = next(int(line) for line in running.stdout if line.strip().isdecimal())
    running.send_signal(signal.SIGTERM)
    output = running.communicate(timeout=60)[0]

    assert running.returncode == 130
    assert "Stopped." in output
    assert "never" not in output
    assert not runs(pid)


def test_the_summary_has_a_line_a_step():
    outcomes = [Outcome(Step("types", ()), 1, 2.0), Outcome(Step("style", ()), 0, 0.5)]

    assert summary(outcomes).splitlines()[1:] == [
        "  FAILED     2.0 s  types",
        "      ok     0.5 s  style",
        "1 passed, 1 failed",
    ]


def test_the_rest_is_everything_but_the_quick_tests():
    assert everything.steps() == (*everything.QUICK, *everything.steps(rest=True))
    assert {step.environment.get("ZDT_POSTGRES") for step in everything.steps()} == {None, "16"}


@pytest.mark.long
def test_a_skipped_test_fails_a_run_that_forbids_it(pytester_run):
    assert pytester_run() == 0
    assert pytester_run(ZDT_NO_SKIPS="1") == 1
