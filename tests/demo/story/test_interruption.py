"""A signal is said until it is heard, and not once more."""

import subprocess
import sys

import pytest

DROPPED = """
import os, signal, time
from contextlib import suppress
from demo.story.interruption import Interruption

interruption = Interruption()
with suppress(BaseException):
    os.kill(os.getpid(), signal.{name})
    time.sleep(60)
try:
    time.sleep(60)
finally:
    interruption.heard()
    print("left", signal.getitimer(signal.ITIMER_REAL), flush=True)
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", -2), ("SIGTERM", 143)])
def test_a_signal_that_was_dropped_is_said_again(name, code):
    done = subprocess.run(
        [sys.executable, "-c", DROPPED.format(name=name)],
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip

    assert done.stdout == "left (0.0, 0.0)\n"
    assert done.returncode == code
