"""Runs programs one after another as named steps, times them, and sums up at the end."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.services.children import tied_to_us

LEAVE_SECONDS = 60


@dataclass(frozen=True)
class Step:
    """A program to run; ``environment`` is added to ours."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    step: Step
    code: int
    seconds: float


class Runner:
    """Runs steps until all are done, or until somebody says stop: Ctrl-C or SIGTERM.

    The running step is told by an interrupt, so that it can tidy up; it is killed after a minute
    or when somebody says stop again. No exception is thrown by a signal: it could hit between
    the birth of a child and our knowing it.
    """

    def __init__(self) -> None:
        self.stopped = False
        self._child: subprocess.Popen[bytes] | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, self._stop)

    def run(self, step: Step) -> Outcome:
        print(f"\n=== {step.name}: {' '.join(step.command)}", flush=True)
        began = time.monotonic()
        self._child = subprocess.Popen(
            step.command,
            env={**os.environ, **step.environment},
            preexec_fn=tied_to_us(signal.SIGTERM),
        )
        if self.stopped:  # while it was being born
            self._child.send_signal(signal.SIGINT)
        code = self._child.wait()
        signal.alarm(0)
        return Outcome(step, code, time.monotonic() - began)

    def _stop(self, *_signal: Any) -> None:
        if self._child is not None:
            self._child.send_signal(signal.SIGKILL if self.stopped else signal.SIGINT)
        self.stopped = True
        signal.alarm(LEAVE_SECONDS)


def run(steps: Iterable[Step]) -> int:
    """Run all steps, those after a failed one as well; 0 if all passed, 130 if stopped."""
    runner = Runner()
    outcomes: list[Outcome] = []
    for step in steps:
        outcomes.append(runner.run(step))
        if runner.stopped:
            print("\nStopped.")
            break
    print(summary(outcomes), flush=True)
    return 130 if runner.stopped else int(any(outcome.code for outcome in outcomes))


def summary(outcomes: list[Outcome]) -> str:
    """A line a step, and the count."""
    lines = [
        f"{'FAILED' if outcome.code else 'ok':>8} {outcome.seconds:7.1f} s  {outcome.step.name}"
        for outcome in outcomes
    ]
    failed = sum(1 for outcome in outcomes if outcome.code)
    return "\n".join(["", *lines, f"{len(outcomes) - failed} passed, {failed} failed"])
