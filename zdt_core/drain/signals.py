"""SIGTERM means: drain first, then stop.

The first SIGTERM begins the drain and is handed to the server's own handler once the balancer has
looked away; a second one is handed on at once. SIGINT and SIGQUIT are left alone.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]
Later = Callable[[float, Callable[[], None]], object]

handled_by_master = False
"""True in the processes of a server whose master delays SIGTERM for all of them."""


def delay_sigterm(begin_drain: Callable[[], float], later: Later) -> None:
    """Wrap this process's handler of SIGTERM. Only the main thread may.

    ``begin_drain`` returns the seconds to wait; ``later(seconds, work)`` does ``work`` after them.
    """
    original = signal.getsignal(signal.SIGTERM)
    owner = os.getpid()
    seen = False

    def pass_on() -> None:
        _pass_on(original)

    def on_sigterm(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        # a child that was just forked still has our handler, and must not drain its siblings
        first, seen = not seen and os.getpid() == owner, True
        seconds = _begin(begin_drain) if first else 0.0
        if seconds > 0:
            later(seconds, pass_on)
        else:
            pass_on()

    signal.signal(signal.SIGTERM, on_sigterm)


def by_alarm(seconds: float, work: Callable[[], None]) -> None:
    """Do ``work`` in the main thread after ``seconds``, without a thread that a fork would lose."""
    signal.signal(signal.SIGALRM, lambda number, frame: work())
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _begin(begin_drain: Callable[[], float]) -> float:
    try:
        return begin_drain()
    except OSError as error:  # logging is not safe in a signal handler
        os.write(2, f"zdt: stopping without a drain, which could not be told: {error}\n".encode())
        return 0.0


def _pass_on(original: Handler | int | None) -> None:
    if callable(original):
        original(signal.SIGTERM, None)
    else:  # the server set no handler: end as SIGTERM ends a process
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
