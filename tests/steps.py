"""Runs programs one after another as named steps, times them, and sums up at the end."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FrameType

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


class Stopped(Exception):
    """Somebody asked us to stop: Ctrl-C or SIGTERM."""


def run(steps: Iterable[Step]) -> int:
    """Run all steps, those after a failed one as well; 0 if all passed, 130 if stopped."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _stop)
    outcomes: list[Outcome] = []
    code = 0
    try:
        for step in steps:
            outcomes.append(_run(step))
    except Stopped:
        print("\nStopped.", flush=True)
        code = 130
    print(summary(outcomes), flush=True)
    return code or int(any(outcome.code for outcome in outcomes))


def summary(outcomes: list[Outcome]) -> str:
    """A line a step, and the count."""
    lines = [
        f"{'FAILED' if outcome.code else 'ok':>8} {outcome.seconds:7.1f} s  {outcome.step.name}"
        for outcome in outcomes
    ]
    failed = sum(1 for outcome in outcomes if outcome.code)
    return "\n".join(["", *lines, f"{len(outcomes) - failed} passed, {failed} failed"])


def _run(step: Step) -> Outcome:
    print(f"\n=== {step.name}: {' '.join(step.command)}", flush=True)
    began = time.monotonic()
    child = subprocess.Popen(
        step.command,
        env={**os.environ, **step.environment},
        preexec_fn=tied_to_us(signal.SIGTERM),
    )
    try:
        code = child.wait()
    except Stopped:
        _take_leave(child)
        raise
    return Outcome(step, code, time.monotonic() - began)


def _take_leave(child: subprocess.Popen[bytes]) -> None:
    """Ctrl-C reached the child as well, SIGTERM did not; either way it may tidy up."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped
