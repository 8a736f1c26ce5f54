"""For a child that must not outlive its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Have the kernel send this process SIGTERM when ``parent`` dies; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if not lives(parent):
        os.kill(os.getpid(), signal.SIGTERM)


def lives(parent: int) -> bool:
    """Whether ``parent`` is still this process's parent."""
    return os.getppid() == parent
